/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-item-private.h"

#include <glib/gi18n-lib.h>
#include <openssl/asn1t.h>

#include "cmp/cmp-error.h"

struct _SignetCmpItem
{
  GObject parent;

  SignetKey *key;                               /* (nullable) */
  SignetKey *protocol_key;                      /* (nullable) */
  SignetCertTemplate *template;
  STACK_OF (SignetTypeAndValue) *controls;      /* (nullable) */
  STACK_OF (SignetTypeAndValue) *reg_info;      /* (nullable) */
  SignetCmpPopo popo;
  SignetCertificate *agreement_certificate;     /* (nullable) */
  GBytes *given_popo;                           /* (nullable): DER POPOPrivKey */
};

G_DEFINE_FINAL_TYPE (SignetCmpItem, signet_cmp_item, G_TYPE_OBJECT)

ASN1_ITEM_TEMPLATE (SignetControls) = ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SEQUENCE_OF, 0, SignetControls, SignetControl)
ASN1_ITEM_TEMPLATE_END (SignetControls)

static const struct
{
  const char *name;
  int bit;
} key_usages[] = {
  { "digitalSignature", 0 }, { "nonRepudiation", 1 }, { "keyEncipherment", 2 }, { "dataEncipherment", 3 },
  { "keyAgreement", 4 }, { "keyCertSign", 5 }, { "cRLSign", 6 }, { "encipherOnly", 7 }, { "decipherOnly", 8 },
};

static void
signet_cmp_item_finalize (GObject *object)
{
  SignetCmpItem *self = SIGNET_CMP_ITEM (object);

  g_clear_object (&self->key);
  g_clear_object (&self->protocol_key);
  g_clear_object (&self->agreement_certificate);
  g_clear_pointer (&self->given_popo, g_bytes_unref);
  SignetCertTemplate_free (self->template);
  sk_SignetTypeAndValue_pop_free (self->controls, SignetTypeAndValue_free);
  sk_SignetTypeAndValue_pop_free (self->reg_info, SignetTypeAndValue_free);

  G_OBJECT_CLASS (signet_cmp_item_parent_class)->finalize (object);
}

static void
signet_cmp_item_class_init (SignetCmpItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_cmp_item_finalize;
}

static void
signet_cmp_item_init (SignetCmpItem *self)
{
  self->template = SignetCertTemplate_new ();
}

static void *
decode (GBytes          *der,
        const ASN1_ITEM *item)
{
  return signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), item);
}

/* A type that came as octets, or the complaint that it is none. */
static void *
decode_or_complain (GBytes           *der,
                    const ASN1_ITEM  *item,
                    const char       *what,
                    GError          **error)
{
  void *value = decode (der, item);

  if (value == NULL)
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED, _("The %s to be asked for cannot be read"),
                              what);
  return value;
}

/**
 * signet_cmp_item_new:
 * @key: (nullable): the key pair that the certificate shall be for; %NULL: the authority shall make one, or
 *   signet_cmp_item_set_public_key () follows
 * @subject: (nullable): the name asked for; the NULL-DN where alternative names say it all (RFC 9483 §4.1.1)
 *
 * Returns: (transfer full): what one certificate shall be
 */
SignetCmpItem *
signet_cmp_item_new (SignetKey       *key,
                     const X509_NAME *subject)
{
  SignetCmpItem *self;

  g_return_val_if_fail (key == NULL || SIGNET_IS_KEY (key), NULL);

  self = g_object_new (SIGNET_TYPE_CMP_ITEM, NULL);
  if (key != NULL)
    {
      self->key = g_object_ref (key);
      self->template->public_key = decode (signet_key_get_public (key), ASN1_ITEM_rptr (SignetPublicKeyInfo));
    }
  self->template->subject = subject != NULL ? X509_NAME_dup (subject) : NULL;

  return self;
}

gboolean
signet_cmp_item_set_public_key (SignetCmpItem  *self,
                                GBytes         *public_key,
                                GError        **error)
{
  SignetPublicKeyInfo *info;

  g_return_val_if_fail (SIGNET_IS_CMP_ITEM (self) && self->key == NULL, FALSE);
  g_return_val_if_fail (public_key != NULL, FALSE);

  info = decode_or_complain (public_key, ASN1_ITEM_rptr (SignetPublicKeyInfo), _("public key"), error);
  if (info == NULL)
    return FALSE;
  SignetPublicKeyInfo_free (self->template->public_key);
  self->template->public_key = info;

  return TRUE;
}

void
signet_cmp_item_set_subject (SignetCmpItem   *self,
                             const X509_NAME *subject)
{
  g_return_if_fail (SIGNET_IS_CMP_ITEM (self));

  X509_NAME_free (self->template->subject);
  self->template->subject = subject != NULL ? X509_NAME_dup (subject) : NULL;
}

/* ---- extensions: kept in the template, where each addition changes what is there ---- */

static void *
get_extension (SignetCmpItem *self,
               int            nid)
{
  return self->template->extensions != NULL ? X509V3_get_d2i (self->template->extensions, nid, NULL, NULL) : NULL;
}

static void
put_extension (SignetCmpItem *self,
               int            nid,
               void          *value,
               gboolean       critical)
{
  X509V3_add1_i2d (&self->template->extensions, nid, value, critical, X509V3_ADD_REPLACE);
}

void
signet_cmp_item_add_alt_name (SignetCmpItem      *self,
                              const GENERAL_NAME *name)
{
  g_autoptr (GENERAL_NAMES) names = NULL;

  g_return_if_fail (SIGNET_IS_CMP_ITEM (self));
  g_return_if_fail (name != NULL);

  names = get_extension (self, NID_subject_alt_name);
  if (names == NULL)
    names = GENERAL_NAMES_new ();
  sk_GENERAL_NAME_push (names, GENERAL_NAME_dup ((GENERAL_NAME *) name));
  /* Critical where the name is nowhere else: RFC 5280 §4.2.1.6. */
  put_extension (self, NID_subject_alt_name, names,
                 self->template->subject == NULL || X509_NAME_entry_count (self->template->subject) == 0);
}

/**
 * signet_cmp_item_add_extended_key_usage:
 * @self: an item
 * @usage: "emailProtection", "clientAuth", …: libcrypto's short name, or an OID
 * @error: (out) (optional): %SIGNET_CMP_ERROR_UNSUPPORTED
 *
 * Returns: whether @usage is known
 */
gboolean
signet_cmp_item_add_extended_key_usage (SignetCmpItem  *self,
                                        const char     *usage,
                                        GError        **error)
{
  g_autoptr (ASN1_OBJECT) object = NULL;
  EXTENDED_KEY_USAGE *usages;

  g_return_val_if_fail (SIGNET_IS_CMP_ITEM (self), FALSE);
  g_return_val_if_fail (usage != NULL, FALSE);

  object = OBJ_txt2obj (usage, 0);
  if (object == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                                _("“%s” is no extended key usage; give a name such as emailProtection, or an OID"), usage);
      return FALSE;
    }
  usages = get_extension (self, NID_ext_key_usage);
  if (usages == NULL)
    usages = sk_ASN1_OBJECT_new_null ();
  sk_ASN1_OBJECT_push (usages, g_steal_pointer (&object));
  put_extension (self, NID_ext_key_usage, usages, FALSE);
  EXTENDED_KEY_USAGE_free (usages);

  return TRUE;
}

/**
 * signet_cmp_item_add_key_usage:
 * @self: an item
 * @usage: a name of RFC 5280 §4.2.1.3, such as "digitalSignature"
 * @error: (out) (optional): %SIGNET_CMP_ERROR_UNSUPPORTED
 *
 * Returns: whether @usage is known
 */
gboolean
signet_cmp_item_add_key_usage (SignetCmpItem  *self,
                               const char     *usage,
                               GError        **error)
{
  ASN1_BIT_STRING *bits;
  guint at = 0;

  g_return_val_if_fail (SIGNET_IS_CMP_ITEM (self), FALSE);
  g_return_val_if_fail (usage != NULL, FALSE);

  while (at < G_N_ELEMENTS (key_usages) && g_ascii_strcasecmp (key_usages[at].name, usage) != 0)
    at++;
  if (at == G_N_ELEMENTS (key_usages))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                   _("“%s” is no key usage; give a name such as digitalSignature."), usage);
      return FALSE;
    }
  bits = get_extension (self, NID_key_usage);
  if (bits == NULL)
    bits = ASN1_BIT_STRING_new ();
  ASN1_BIT_STRING_set_bit (bits, key_usages[at].bit, 1);
  put_extension (self, NID_key_usage, bits, TRUE);
  ASN1_BIT_STRING_free (bits);

  return TRUE;
}

void
signet_cmp_item_set_extension (SignetCmpItem  *self,
                               X509_EXTENSION *extension)
{
  int at;

  g_return_if_fail (SIGNET_IS_CMP_ITEM (self));
  g_return_if_fail (extension != NULL);

  at = X509v3_get_ext_by_OBJ (self->template->extensions, X509_EXTENSION_get_object (extension), -1);
  if (at >= 0)
    X509_EXTENSION_free (sk_X509_EXTENSION_delete (self->template->extensions, at));
  X509v3_add_ext (&self->template->extensions, extension, -1);
}

/* ---- the rest of the template ---- */

void
signet_cmp_item_set_issuer (SignetCmpItem   *self,
                            const X509_NAME *issuer)
{
  g_return_if_fail (SIGNET_IS_CMP_ITEM (self));

  X509_NAME_free (self->template->issuer);
  self->template->issuer = issuer != NULL ? X509_NAME_dup (issuer) : NULL;
}

void
signet_cmp_item_set_serial (SignetCmpItem      *self,
                            const ASN1_INTEGER *serial)
{
  g_return_if_fail (SIGNET_IS_CMP_ITEM (self));

  ASN1_INTEGER_free (self->template->serial_number);
  self->template->serial_number = serial != NULL ? ASN1_INTEGER_dup (serial) : NULL;
}

void
signet_cmp_item_set_validity (SignetCmpItem *self,
                              gint64         not_before,
                              gint64         not_after)
{
  g_return_if_fail (SIGNET_IS_CMP_ITEM (self));
  g_return_if_fail (not_before != G_MININT64 || not_after != G_MININT64);

  SignetOptionalValidity_free (self->template->validity);
  self->template->validity = SignetOptionalValidity_new ();
  if (not_before != G_MININT64)
    self->template->validity->not_before = ASN1_TIME_set (NULL, (time_t) not_before);
  if (not_after != G_MININT64)
    self->template->validity->not_after = ASN1_TIME_set (NULL, (time_t) not_after);
}

gboolean
signet_cmp_item_set_signing_alg (SignetCmpItem  *self,
                                 GBytes         *algorithm,
                                 GError        **error)
{
  X509_ALGOR *decoded;

  g_return_val_if_fail (SIGNET_IS_CMP_ITEM (self), FALSE);
  g_return_val_if_fail (algorithm != NULL, FALSE);

  decoded = decode_or_complain (algorithm, ASN1_ITEM_rptr (X509_ALGOR), _("signature algorithm"), error);
  if (decoded == NULL)
    return FALSE;
  X509_ALGOR_free (self->template->signing_alg);
  self->template->signing_alg = decoded;

  return TRUE;
}

static gboolean
add_attribute (STACK_OF (SignetTypeAndValue)  **list,
               GBytes                          *der,
               const char                      *what,
               GError                         **error)
{
  SignetTypeAndValue *attribute = decode_or_complain (der, ASN1_ITEM_rptr (SignetControl), what, error);

  if (attribute == NULL)
    return FALSE;
  if (*list == NULL)
    *list = sk_SignetTypeAndValue_new_null ();

  return sk_SignetTypeAndValue_push (*list, attribute) > 0;
}

gboolean
signet_cmp_item_add_control (SignetCmpItem  *self,
                             GBytes         *control,
                             GError        **error)
{
  g_return_val_if_fail (SIGNET_IS_CMP_ITEM (self), FALSE);
  g_return_val_if_fail (control != NULL, FALSE);

  return add_attribute (&self->controls, control, _("control"), error);
}

gboolean
signet_cmp_item_add_reg_info (SignetCmpItem  *self,
                              GBytes         *reg_info,
                              GError        **error)
{
  g_return_val_if_fail (SIGNET_IS_CMP_ITEM (self), FALSE);
  g_return_val_if_fail (reg_info != NULL, FALSE);

  return add_attribute (&self->reg_info, reg_info, _("registration information"), error);
}

/* @value: DER of the control's value */
static void
put_control (SignetCmpItem *self,
             const char    *oid,
             GBytes        *value)
{
  SignetTypeAndValue *control = SignetTypeAndValue_new ();

  ASN1_OBJECT_free (control->type);
  control->type = OBJ_txt2obj (oid, 1);
  control->value = signet_asn1_any_new (value);
  if (self->controls == NULL)
    self->controls = sk_SignetTypeAndValue_new_null ();
  sk_SignetTypeAndValue_push (self->controls, control);
}

/* CertId: issuer and serial number, RFC 4211 §6.5. */
static void
add_old_cert_id (SignetCmpItem *self,
                 X509          *x509)
{
  g_autoptr (SignetCertId) id = SignetCertId_new ();
  g_autoptr (GBytes) der = NULL;

  GENERAL_NAME_free (id->issuer);
  id->issuer = GENERAL_NAME_new ();
  GENERAL_NAME_set0_value (id->issuer, GEN_DIRNAME, X509_NAME_dup (X509_get_issuer_name (x509)));
  ASN1_INTEGER_free (id->serial_number);
  id->serial_number = ASN1_INTEGER_dup (X509_get0_serialNumber (x509));
  der = signet_asn1_encode (id, ASN1_ITEM_rptr (SignetCertId));
  put_control (self, SIGNET_OID_OLD_CERT_ID, der);
}

void
signet_cmp_item_set_old_certificate (SignetCmpItem     *self,
                                     SignetCertificate *certificate)
{
  X509 *x509;
  int at;

  g_return_if_fail (SIGNET_IS_CMP_ITEM (self));
  g_return_if_fail (SIGNET_IS_CERTIFICATE (certificate));

  x509 = signet_certificate_get_x509 (certificate);
  X509_NAME_free (self->template->subject);
  self->template->subject = X509_NAME_dup (X509_get_subject_name (x509));
  at = X509_get_ext_by_NID (x509, NID_subject_alt_name, -1);
  if (at >= 0)
    signet_cmp_item_set_extension (self, X509_get_ext (x509, at));
  add_old_cert_id (self, x509);
}

void
signet_cmp_item_set_old_cert_id (SignetCmpItem     *self,
                                 SignetCertificate *certificate)
{
  g_return_if_fail (SIGNET_IS_CMP_ITEM (self));
  g_return_if_fail (SIGNET_IS_CERTIFICATE (certificate));

  add_old_cert_id (self, signet_certificate_get_x509 (certificate));
}

void
signet_cmp_item_set_protocol_key (SignetCmpItem *self,
                                  SignetKey     *key)
{
  g_return_if_fail (SIGNET_IS_CMP_ITEM (self) && self->protocol_key == NULL);
  g_return_if_fail (SIGNET_IS_KEY (key));

  self->protocol_key = g_object_ref (key);
  put_control (self, SIGNET_OID_PROTOCOL_ENCR_KEY, signet_key_get_public (key));
}

void
signet_cmp_item_set_popo (SignetCmpItem *self,
                          SignetCmpPopo  popo)
{
  g_return_if_fail (SIGNET_IS_CMP_ITEM (self));

  self->popo = popo;
}

void
signet_cmp_item_set_agreement_certificate (SignetCmpItem     *self,
                                           SignetCertificate *certificate)
{
  g_return_if_fail (SIGNET_IS_CMP_ITEM (self));

  g_set_object (&self->agreement_certificate, certificate);
  self->popo = SIGNET_CMP_POPO_AGREE_MAC;
}

void
signet_cmp_item_set_given_popo (SignetCmpItem *self,
                                GBytes        *popo_priv_key)
{
  g_return_if_fail (SIGNET_IS_CMP_ITEM (self));
  g_return_if_fail (popo_priv_key != NULL);

  g_clear_pointer (&self->given_popo, g_bytes_unref);
  self->given_popo = g_bytes_ref (popo_priv_key);
  self->popo = SIGNET_CMP_POPO_GIVEN;
}

SignetKey *
signet_cmp_item_get_key (SignetCmpItem *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_ITEM (self), NULL);

  return self->key;
}

const X509_NAME *
signet_cmp_item_get_subject (SignetCmpItem *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_ITEM (self), NULL);

  return self->template->subject;
}

const STACK_OF (X509_EXTENSION) *
signet_cmp_item_get_extensions (SignetCmpItem *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_ITEM (self), NULL);

  return self->template->extensions;
}

SignetKey *
signet_cmp_item_get_protocol_key (SignetCmpItem *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_ITEM (self), NULL);

  return self->protocol_key;
}

SignetCertificate *
signet_cmp_item_get_agreement_certificate (SignetCmpItem *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_ITEM (self), NULL);

  return self->agreement_certificate;
}

GBytes *
signet_cmp_item_get_given_popo (SignetCmpItem *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_ITEM (self), NULL);

  return self->given_popo;
}

SignetCmpPopo
signet_cmp_item_get_popo (SignetCmpItem *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_ITEM (self), SIGNET_CMP_POPO_DEFAULT);

  return self->popo;
}

gboolean
signet_cmp_item_is_central (SignetCmpItem *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_ITEM (self), FALSE);

  return self->template->public_key == NULL || ASN1_STRING_length (self->template->public_key->key) == 0;
}

/* ---- for the other files of this folder ---- */

const SignetCertTemplate *
signet_cmp_item_get_template (SignetCmpItem *self)
{
  return self->template;
}

const STACK_OF (SignetTypeAndValue) *
signet_cmp_item_get_controls (SignetCmpItem *self)
{
  return self->controls;
}

const STACK_OF (SignetTypeAndValue) *
signet_cmp_item_get_reg_info (SignetCmpItem *self)
{
  return self->reg_info;
}

SignetCmpItem *
signet_cmp_item_new_from_request (SignetKey      *key,
                                  GBytes         *cert_request,
                                  GBytes         *reg_info,
                                  SignetCmpPopo   popo,
                                  GError        **error)
{
  g_autoptr (SignetCmpItem) self = g_object_new (SIGNET_TYPE_CMP_ITEM, NULL);
  g_autoptr (SignetCertRequest) request = NULL;

  request = decode_or_complain (cert_request, ASN1_ITEM_rptr (SignetCertRequest), _("certificate"), error);
  if (request == NULL)
    return NULL;
  SignetCertTemplate_free (self->template);
  self->template = g_steal_pointer (&request->cert_template);
  self->controls = g_steal_pointer (&request->controls);
  request->cert_template = SignetCertTemplate_new ();
  if (reg_info != NULL)
    {
      self->reg_info = decode_or_complain (reg_info, ASN1_ITEM_rptr (SignetControls), _("registration information"), error);
      if (self->reg_info == NULL)
        return NULL;
    }
  self->key = key != NULL ? g_object_ref (key) : NULL;
  self->popo = popo;

  return g_steal_pointer (&self);
}

void
signet_cmp_item_take_protocol_key (SignetCmpItem *self,
                                   SignetKey     *key)
{
  g_set_object (&self->protocol_key, key);
}

/* The parts are lent to the request while it is written out. */
GBytes *
signet_cmp_item_get_request (SignetCmpItem  *self,
                             gint64          cert_req_id,
                             GError        **error)
{
  SignetCertRequest request = { ASN1_INTEGER_new (), self->template, self->controls };
  GBytes *der = NULL;

  if (ASN1_INTEGER_set_int64 (request.cert_req_id, cert_req_id) == 1)
    der = signet_asn1_encode (&request, ASN1_ITEM_rptr (SignetCertRequest));
  ASN1_INTEGER_free (request.cert_req_id);
  if (der == NULL)
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED,
                              _("The certificate request could not be made"));
  return der;
}

GBytes *
signet_cmp_item_get_reg_info_der (SignetCmpItem *self)
{
  return self->reg_info != NULL ? signet_asn1_encode (self->reg_info, ASN1_ITEM_rptr (SignetControls)) : NULL;
}
