/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include "cmp/cmp-message.h"
#include "pki/pki-certificate.h"
#include "pki/pki-name.h"
#include "worker/worker-authority.h"
#include "worker/worker-error.h"
#include "worker/worker-settings.h"

#define TEXT_MAX 1024           /* octets of any setting that is one line of text */
#define PEM_MAX (256 * 1024)
#define CERTIFICATES_MAX 64
#define TIMEOUT_MAX (24 * 60 * 60)
#define SIZE_LIMIT_MIN 1024
#define ITERATIONS_MIN 1000
#define ITERATIONS_MAX 10000000
#define TIME_TOLERANCE_MAX (7 * 24 * 60 * 60)

typedef struct
{
  const char *name;
  const char *type;
  gsize max;                    /* of a text or number */
  gsize min;                    /* of a number */
  gboolean carriage;            /* says how messages are carried, not what they are or whom they are believed from */
} Setting;

/* Every setting that AddAuthority takes; what is not here is refused, so that a misspelt one never goes unnoticed. */
static const Setting settings_known[] = {
  { "name", "s", 200, .carriage = TRUE },
  { "url", "s", TEXT_MAX, .carriage = TRUE },
  { "reference", "s", 256 },
  { "mac", "s", 32 },
  { "recipient", "s", TEXT_MAX },
  { "anchors", "aay", CERTIFICATES_MAX },
  { "anchor-fingerprint", "s", 128 },
  { "intermediates", "aay", CERTIFICATES_MAX },
  { "implicit-confirm", "b" },
  { "profile", "s", TEXT_MAX },
  { "timeout", "u", TIMEOUT_MAX, 1, .carriage = TRUE },
  { "size-limit", "u", SIGNET_CMP_MESSAGE_MAX_SIZE, SIZE_LIMIT_MIN, .carriage = TRUE },
  { "follow-redirects", "b", .carriage = TRUE },
  { "time-tolerance", "u", TIME_TOLERANCE_MAX },
  { "signer-usage", "s", 128 },
  { "relaxations", "as", 16 },
  { "tls-anchors", "s", PEM_MAX, .carriage = TRUE },
  { "mac-digest", "s", 32 },
  { "mac-iterations", "u", ITERATIONS_MAX, ITERATIONS_MIN },
  { "mac-iteration-limit", "u", ITERATIONS_MAX, ITERATIONS_MIN },
  { "operation-labels", "b", .carriage = TRUE },
  { "whole-chain", "b" },
  { "code-format", "s", 32 },
  { "path-name", "s", 256, .carriage = TRUE },
  { "trailing-slash", "b", .carriage = TRUE },
  { "framing", "s", 32, .carriage = TRUE },
  { "media-type", "s", 64, .carriage = TRUE },
  { "keep-connection", "b", .carriage = TRUE },
  { "tls-identity", "x", .carriage = TRUE },
  { "identity", "x" },
  { "one-time", "b", .carriage = TRUE },
};

static const Setting *
find_setting (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (settings_known); i++)
    if (g_str_equal (settings_known[i].name, name))
      return &settings_known[i];

  return NULL;
}

/**
 * signet_worker_authority_is_carriage:
 * @name: of a setting
 *
 * Returns: whether it may change while an exchange is under way, since it takes effect with each message that leaves
 */
gboolean
signet_worker_authority_is_carriage (const char *name)
{
  const Setting *setting = find_setting (name);

  return setting != NULL && setting->carriage;
}

/**
 * signet_worker_authority_get_setting_type:
 * @name: of a setting
 *
 * Returns: (transfer none) (nullable): the type of its values, "aay"; %NULL where there is no such setting
 */
const char *
signet_worker_authority_get_setting_type (const char *name)
{
  const Setting *setting = find_setting (name);

  return setting != NULL ? setting->type : NULL;
}

static gboolean
check_shape (const char  *name,
             GVariant    *value,
             GError     **error)
{
  const Setting *setting = find_setting (name);

  if (setting == NULL)
    return signet_worker_invalid (error, _("An authority has no setting “%s”."), name);
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE (setting->type)))
    return signet_worker_invalid (error, _("The setting “%s” has the wrong type."), name);
  if (g_str_equal (setting->type, "s") && g_variant_get_size (value) > setting->max)
    return signet_worker_invalid (error, _("The setting “%s” is too long: at most %u octets."), name, (guint) setting->max - 1);
  if (g_variant_is_container (value) && g_variant_n_children (value) > setting->max)
    return signet_worker_invalid (error, _("The setting “%s” has too many values: at most %u."), name, (guint) setting->max);
  if (g_str_equal (setting->type, "u")
      && (g_variant_get_uint32 (value) < setting->min || g_variant_get_uint32 (value) > setting->max))
    return signet_worker_invalid (error, _("The setting “%s” must be between %u and %u."), name, (guint) setting->min, (guint) setting->max);

  return TRUE;
}

static gboolean
lookup_flag (GVariant   *settings,
             const char *name,
             gboolean    otherwise)
{
  gboolean value = otherwise;

  if (settings != NULL)
    g_variant_lookup (settings, name, "b", &value);

  return value;
}

static guint32
lookup_number (GVariant   *settings,
               const char *name)
{
  guint32 value = 0;

  if (settings != NULL)
    g_variant_lookup (settings, name, "u", &value);

  return value;
}

/* (element-type GBytes): DER of a setting of type aay; empty where it is absent. */
static GPtrArray *
lookup_octets (GVariant   *settings,
               const char *name)
{
  g_autoptr (GPtrArray) octets = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GVariant) value = NULL;

  if (settings != NULL)
    value = g_variant_lookup_value (settings, name, G_VARIANT_TYPE ("aay"));
  for (gsize i = 0; value != NULL && i < g_variant_n_children (value); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

      g_ptr_array_add (octets, g_variant_get_data_as_bytes (child));
    }

  return g_steal_pointer (&octets);
}

static gboolean
parse_mac (GVariant      *settings,
           SignetCmpMac  *mac,
           GError       **error)
{
  g_autofree char *name = signet_worker_lookup_text (settings, "mac");

  if (name == NULL || g_str_equal (name, "pbmac1"))
    *mac = SIGNET_CMP_MAC_PBMAC1;
  else if (g_str_equal (name, "password-based"))
    *mac = SIGNET_CMP_MAC_PASSWORD_BASED;
  else
    return signet_worker_invalid (error, _("“%s” is no kind of protection by a code: choose “pbmac1” or “password-based”."), name);

  return TRUE;
}

static gboolean
apply_certificates (SignetCmpAuthority  *authority,
                    GPtrArray           *octets,
                    const char          *what,
                    void               (*add) (SignetCmpAuthority *, SignetCertificate *),
                    GError             **error)
{
  for (guint i = 0; i < octets->len; i++)
    {
      g_autoptr (GError) reason = NULL;
      g_autoptr (SignetCertificate) certificate = signet_certificate_new_from_der (octets->pdata[i], &reason);

      if (certificate == NULL)
        return signet_worker_invalid (error, _("One of the setting “%s” is no certificate: %s"), what, reason->message);
      add (authority, certificate);
    }

  return TRUE;
}

static gboolean
apply_names (SignetCmpAuthority  *authority,
             GVariant            *settings,
             GError             **error)
{
  g_autofree char *recipient = signet_worker_lookup_text (settings, "recipient");
  g_autofree char *profile = signet_worker_lookup_text (settings, "profile");
  g_autofree char *usage = signet_worker_lookup_text (settings, "signer-usage");
  g_autoptr (GError) reason = NULL;

  if (recipient != NULL)
    {
      g_autoptr (X509_NAME) name = signet_name_parse (recipient, &reason);

      if (name == NULL)
        return signet_worker_invalid (error, _("The recipient’s name cannot be read: %s"), reason->message);
      signet_cmp_authority_set_recipient (authority, name);
    }
  if (profile != NULL)
    signet_cmp_authority_set_profile (authority, profile);
  if (usage != NULL)
    {
      g_autoptr (ASN1_OBJECT) object = OBJ_txt2obj (usage, 0);

      if (object == NULL && !g_str_equal (usage, "any"))
        return signet_worker_invalid (error, _("“%s” is no extended key usage: give its object identifier, or “any”."), usage);
      signet_cmp_authority_set_signer_usage (authority, usage);
    }

  return TRUE;
}

static gboolean
apply_mac (SignetCmpAuthority  *authority,
           GVariant            *settings,
           GError             **error)
{
  g_autofree char *digest = signet_worker_lookup_text (settings, "mac-digest");
  g_autofree char *format = signet_worker_lookup_text (settings, "code-format");
  guint iterations = lookup_number (settings, "mac-iterations");
  guint limit = lookup_number (settings, "mac-iteration-limit");
  SignetCmpMac mac = SIGNET_CMP_MAC_PBMAC1;

  if (!parse_mac (settings, &mac, error))
    return FALSE;
  if (format != NULL && !g_str_equal (format, "text") && !g_str_equal (format, "cryptlib"))
    return signet_worker_invalid (error, _("“%s” is no form of a code: choose “text” or “cryptlib”."), format);
  signet_cmp_authority_set_mac (authority, mac);
  if (limit != 0)
    signet_cmp_authority_set_mac_iteration_limit (authority, limit);
  if (iterations > signet_cmp_authority_get_mac_iteration_limit (authority))
    return signet_worker_invalid (error, _("“mac-iterations” is more than “mac-iteration-limit” allows."));
  if (digest != NULL && EVP_get_digestbyname (digest) == NULL)
    return signet_worker_invalid (error, _("“%s” is no digest that is known here; SHA256 is usual."), digest);
  if (digest != NULL || iterations != 0)
    signet_cmp_authority_set_mac_parameters (authority,
                                             digest != NULL ? digest : signet_cmp_authority_get_mac_digest (authority),
                                             iterations != 0 ? iterations
                                                             : signet_cmp_authority_get_mac_iterations (authority));

  return TRUE;
}

static gboolean
apply_trust (SignetCmpAuthority  *authority,
             GPtrArray           *anchors,
             GVariant            *settings,
             GError             **error)
{
  g_autoptr (GPtrArray) intermediates = lookup_octets (settings, "intermediates");
  g_autofree char *typed = signet_worker_lookup_text (settings, "anchor-fingerprint");
  g_autofree const char **names = NULL;
  SignetCmpRelaxations relaxations = SIGNET_CMP_RELAX_NONE;
  g_autoptr (GError) reason = NULL;

  if (!apply_certificates (authority, anchors, "anchors", signet_cmp_authority_add_anchor, error)
      || !apply_certificates (authority, intermediates, "intermediates", signet_cmp_authority_add_intermediate, error))
    return FALSE;
  if (typed != NULL)
    {
      g_autofree char *fingerprint = signet_fingerprint_parse (typed, &reason);

      if (fingerprint == NULL)
        return signet_worker_invalid (error, "%s", reason->message);
      signet_cmp_authority_set_anchor_fingerprint (authority, fingerprint);
    }
  if (g_variant_lookup (settings, "relaxations", "^a&s", &names)
      && !signet_cmp_relaxations_parse ((const char *const *) names, &relaxations, &reason))
    return signet_worker_invalid (error, "%s", reason->message);
  signet_cmp_authority_set_relaxations (authority, relaxations);
  /* RFC 9483 §3.4: trust is established before first contact, or by a root that the person confirms: R470. */
  if (anchors->len == 0 && typed == NULL && (relaxations & SIGNET_CMP_RELAX_CA_PUBS) == 0)
    return signet_worker_invalid (error, _("Say how the authority is recognised: give its root certificate, the fingerprint of it, or "
                             "allow that the root it sends is shown to you."));

  return TRUE;
}

/**
 * signet_worker_authority_to_cmp:
 * @record: an authority whose anchors were checked
 * @error: %SIGNET_WORKER_ERROR_INVALID names the setting
 *
 * Returns: (transfer full): what the authority is to the protocol
 */
SignetCmpAuthority *
signet_worker_authority_to_cmp (const SignetAuthorityRecord  *record,
                                GError                      **error)
{
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  GVariant *settings = record->settings;
  guint tolerance = lookup_number (settings, "time-tolerance");

  if (!apply_names (authority, settings, error)
      || !apply_mac (authority, settings, error)
      || !apply_trust (authority, record->anchors, settings, error))
    return NULL;
  signet_cmp_authority_set_pvno (authority, record->pvno);
  signet_cmp_authority_set_implicit_confirm (authority, lookup_flag (settings, "implicit-confirm", TRUE));
  if (tolerance != 0)
    signet_cmp_authority_set_time_tolerance (authority, tolerance);

  return g_steal_pointer (&authority);
}

/**
 * signet_worker_authority_add_chain:
 * @record: an authority
 * @authority: what it is to the protocol
 * @credentials: who asks
 *
 * Where it is set, a signed request brings the root of the signer's chain too, which RFC 9483 §3.3 leaves out.
 */
void
signet_worker_authority_add_chain (const SignetAuthorityRecord *record,
                                   SignetCmpAuthority          *authority,
                                   SignetCmpCredentials        *credentials)
{
  GPtrArray *chain = signet_cmp_credentials_get_chain (credentials);

  if (!lookup_flag (record->settings, "whole-chain", FALSE))
    return;
  for (guint i = 0; chain != NULL && i < chain->len; i++)
    signet_cmp_authority_add_extra_certificate (authority, chain->pdata[i]);
}

/* What this server wants of HTTP beyond RFC 9811. */
static gboolean
apply_habits (SignetEndpoint  *endpoint,
              GVariant        *settings,
              GError         **error)
{
  g_autofree char *path_name = signet_worker_lookup_text (settings, "path-name");
  g_autofree char *framing_name = signet_worker_lookup_text (settings, "framing");
  g_autofree char *media_type = signet_worker_lookup_text (settings, "media-type");
  g_autoptr (GError) reason = NULL;
  SignetTransferFraming framing = SIGNET_TRANSFER_FRAMING_NONE;

  if ((path_name != NULL && !signet_endpoint_set_path_name (endpoint, path_name, &reason))
      || (media_type != NULL && !signet_endpoint_set_media_type (endpoint, media_type, &reason)))
    return signet_worker_invalid (error, "%s", reason->message);
  if (framing_name != NULL && !signet_transfer_framing_from_name (framing_name, &framing))
    return signet_worker_invalid (error, _("“%s” is no framing: choose “none”, “tcp” or “tcp-base64”."), framing_name);
  signet_endpoint_set_framing (endpoint, framing);
  signet_endpoint_set_trailing_slash (endpoint, lookup_flag (settings, "trailing-slash", FALSE));

  return TRUE;
}

/**
 * signet_worker_authority_to_endpoint:
 * @record: an authority that is reached directly
 * @operation: (nullable): "ir", "kur", "caCerts": the operation whose label is added where the settings ask for labels
 * @error: %SIGNET_WORKER_ERROR_INVALID
 *
 * Every message of one transaction goes to the same place, so @operation is the one that began it (RFC 9483 §6.1).
 *
 * Returns: (transfer full): where messages go
 */
SignetEndpoint *
signet_worker_authority_to_endpoint (const SignetAuthorityRecord  *record,
                                     const char                   *operation,
                                     GError                      **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (SignetEndpoint) endpoint = NULL;
  g_autofree char *tls_anchors = NULL;
  guint timeout = lookup_number (record->settings, "timeout");
  guint size_limit = lookup_number (record->settings, "size-limit");

  if (record->url == NULL)
    return signet_worker_invalid (error, _("“%s” has no address: its messages are carried by hand."), record->name), NULL;
  endpoint = signet_endpoint_new (record->url, &reason);
  if (endpoint == NULL)
    return signet_worker_invalid (error, "%s", reason->message), NULL;
  if (timeout != 0)
    signet_endpoint_set_timeout (endpoint, timeout);
  if (size_limit != 0)
    signet_endpoint_set_size_limit (endpoint, size_limit);
  if (record->settings != NULL && !apply_habits (endpoint, record->settings, error))
    return NULL;
  signet_endpoint_set_follow_redirects (endpoint, lookup_flag (record->settings, "follow-redirects", FALSE));
  if (lookup_flag (record->settings, "operation-labels", FALSE) && operation != NULL)
    signet_endpoint_set_label (endpoint, signet_endpoint_label_for_operation (operation));
  tls_anchors = record->settings != NULL ? signet_worker_lookup_text (record->settings, "tls-anchors") : NULL;
  if (tls_anchors != NULL && !signet_endpoint_set_tls_anchors (endpoint, tls_anchors, &reason))
    return signet_worker_invalid (error, _("The certificates for the encrypted connection cannot be read: %s"), reason->message), NULL;

  return g_steal_pointer (&endpoint);
}

/**
 * signet_worker_authority_is_one_time:
 * @record: an authority
 *
 * Returns: whether its code is deleted after it was used successfully: R472
 */
gboolean
signet_worker_authority_is_one_time (const SignetAuthorityRecord *record)
{
  return lookup_flag (record->settings, "one-time", TRUE);
}

static char *
default_name (const char *url)
{
  g_autoptr (GUri) uri = url != NULL ? g_uri_parse (url, G_URI_FLAGS_NONE, NULL) : NULL;

  if (uri != NULL && g_uri_get_host (uri) != NULL)
    return g_strdup (g_uri_get_host (uri));

  return g_strdup (_("Authority"));
}

/* What the record has no column for. */
static GVariant *
remaining_settings (GVariant *settings)
{
  static const char *const columns[] = { "name", "url", "reference", "anchors", "identity" };
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (settings);

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    g_variant_dict_remove (&dict, columns[i]);

  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/**
 * signet_worker_authority_parse:
 * @settings: a{sv} as AddAuthority takes it
 * @error: %SIGNET_WORKER_ERROR_INVALID names the setting and says what to do
 *
 * Checks every setting for shape, bounds and meaning.
 *
 * Returns: (transfer full): a record with no row yet
 */
SignetAuthorityRecord *
signet_worker_authority_parse (GVariant  *settings,
                               GError   **error)
{
  g_autoptr (SignetAuthorityRecord) record = NULL;
  g_autoptr (SignetCmpAuthority) authority = NULL;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_return_val_if_fail (g_variant_is_of_type (settings, G_VARIANT_TYPE_VARDICT), NULL);

  g_variant_iter_init (&iter, settings);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    if (!check_shape (name, value, error))
      {
        g_variant_unref (value);
        return NULL;
      }

  record = g_new0 (SignetAuthorityRecord, 1);
  record->url = signet_worker_lookup_text (settings, "url");
  record->name = signet_worker_lookup_text (settings, "name");
  if (record->name == NULL)
    record->name = default_name (record->url);
  record->kind = g_strdup (record->url != NULL ? "http" : "file");
  record->reference = signet_worker_lookup_text (settings, "reference");
  g_variant_lookup (settings, "identity", "x", &record->identity_id);
  record->anchors = lookup_octets (settings, "anchors");
  record->settings = remaining_settings (settings);

  authority = signet_worker_authority_to_cmp (record, error);
  if (authority == NULL)
    return NULL;
  if (record->url != NULL)
    {
      g_autoptr (SignetEndpoint) endpoint = signet_worker_authority_to_endpoint (record, NULL, error);

      if (endpoint == NULL)
        return NULL;
    }

  return g_steal_pointer (&record);
}
