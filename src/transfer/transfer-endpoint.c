/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "transfer/transfer-endpoint.h"

#define DEFAULT_PATH "/.well-known/cmp"         /* RFC 9483 §6.1, RFC 9811 §3.4 */
#define DEFAULT_TIMEOUT 60
#define DEFAULT_SIZE_LIMIT (1024 * 1024)

struct _SignetEndpoint {
  GObject parent_instance;

  GUri *given;                  /* as it was configured */
  char *path_name;              /* (nullable) */
  char *label;                  /* (nullable) */
  gboolean trailing_slash;
  GUri *base;                   /* without a label */
  GUri *uri;
  char *url;                    /* text of @uri */
  guint timeout;
  gsize size_limit;
  gboolean follow_redirects;
  char *tls_anchors;
  GTlsDatabase *tls_database;
  GTlsCertificate *client_certificate;
  char *tls_host;               /* (nullable): that of @uri */
  char *query;                  /* (nullable) */
  SignetTransferKeep keep;
  char *connection;             /* (nullable): name of the one that is kept */
  SignetTransferFraming framing;
  const char *media_type;       /* one of those below */
};

/* RFC 9811 §3.2, §4; RFC 2510 §5.3. The first is the default. */
static const char *const media_types[] = { "application/pkixcmp", "application/pkixcmp-poll", "application/x-pkixcmp" };

G_DEFINE_FINAL_TYPE (SignetEndpoint, signet_endpoint, G_TYPE_OBJECT)

static void
signet_endpoint_finalize (GObject *object)
{
  SignetEndpoint *self = SIGNET_ENDPOINT (object);

  g_clear_pointer (&self->given, g_uri_unref);
  g_free (self->path_name);
  g_free (self->label);
  g_clear_pointer (&self->base, g_uri_unref);
  g_clear_pointer (&self->uri, g_uri_unref);
  g_free (self->url);
  g_free (self->tls_anchors);
  g_free (self->tls_host);
  g_free (self->query);
  g_free (self->connection);
  g_clear_object (&self->tls_database);
  g_clear_object (&self->client_certificate);

  G_OBJECT_CLASS (signet_endpoint_parent_class)->finalize (object);
}

static void
signet_endpoint_class_init (SignetEndpointClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_endpoint_finalize;
}

static void
signet_endpoint_init (SignetEndpoint *self)
{
  self->timeout = DEFAULT_TIMEOUT;
  self->size_limit = DEFAULT_SIZE_LIMIT;
  self->media_type = media_types[0];
}

static gboolean
check_uri (GUri        *uri,
           const char  *url,
           GError     **error)
{
  const char *scheme = g_uri_get_scheme (uri);

  if (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https"))
    g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_URL,
                 _("“%s” begins with %s: only http and https are spoken. Write the address as https://host/path."), url, scheme);
  else if (g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_URL,
                 _("“%s” names no host. Write the address as https://host/path."), url);
  else if (g_uri_get_userinfo (uri) != NULL)
    g_set_error_literal (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_URL,
                         _("The address must not hold a user name or password. Remove what stands before the @."));
  else if (g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_URL,
                 _("“%s” has a part behind ? or #, which an authority’s address does not have. Remove it."), url);
  else
    return TRUE;

  return FALSE;
}

static GUri *
with_path (GUri       *uri,
           const char *path,
           const char *query)
{
  return g_uri_build (G_URI_FLAGS_ENCODED | G_URI_FLAGS_SCHEME_NORMALIZE, g_uri_get_scheme (uri), NULL, g_uri_get_host (uri),
                      g_uri_get_port (uri), path, query, NULL);
}

/* @uri with one more segment, where there is one, and ended as the server wants it. */
static GUri *
extend (GUri       *uri,
        const char *segment,
        gboolean    slash,
        const char *query)
{
  const char *path = g_uri_get_path (uri);
  g_autofree char *longer = NULL;
  g_autofree char *ended = NULL;

  longer = segment != NULL ? g_strconcat (path, g_str_has_suffix (path, "/") ? "" : "/", segment, NULL) : g_strdup (path);
  ended = g_strconcat (longer, slash && !g_str_has_suffix (longer, "/") ? "/" : "", NULL);

  return with_path (uri, ended, query);
}

/* What is sent to, from what was set. */
static void
build (SignetEndpoint *self)
{
  g_autoptr (GUri) named = NULL;

  if (self->path_name != NULL)
    {
      g_autofree char *segment = g_uri_escape_string (self->path_name, NULL, FALSE);
      g_autofree char *path = g_strconcat (DEFAULT_PATH "/p/", segment, NULL);

      named = with_path (self->given, path, NULL);
    }
  else
    {
      named = g_uri_ref (self->given);
    }
  g_clear_pointer (&self->base, g_uri_unref);
  g_clear_pointer (&self->uri, g_uri_unref);
  g_free (self->url);
  self->base = extend (named, NULL, self->trailing_slash, self->query);
  self->uri = extend (named, self->label, self->trailing_slash, self->query);
  self->url = g_uri_to_string (self->uri);
}

/**
 * signet_endpoint_new:
 * @url: http or https; any path (RFC 9811 §3.4), and with none /.well-known/cmp
 * @error: %SIGNET_TRANSFER_ERROR_URL
 *
 * Returns: (transfer full): an endpoint with the default limits
 */
SignetEndpoint *
signet_endpoint_new (const char  *url,
                     GError     **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GUri) uri = NULL;
  SignetEndpoint *self;

  g_return_val_if_fail (url != NULL, NULL);

  uri = g_uri_parse (url, G_URI_FLAGS_ENCODED | G_URI_FLAGS_SCHEME_NORMALIZE, &reason);
  if (uri == NULL)
    {
      g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_URL,
                   _("“%s” is no address: %s Write it as https://host/path."), url, reason->message);
      return NULL;
    }
  if (!check_uri (uri, url, error))
    return NULL;

  self = g_object_new (SIGNET_TYPE_ENDPOINT, NULL);
  /* What stands in the address is a path of its own, be it "/"; scheme normalization has made "/" of none. */
  if (strchr (url + strlen (g_uri_get_scheme (uri)) + strlen ("://"), '/') == NULL)
    self->given = with_path (uri, DEFAULT_PATH, NULL);
  else
    self->given = g_uri_ref (uri);
  build (self);

  return self;
}

const char *
signet_endpoint_get_url (SignetEndpoint *self)
{
  g_return_val_if_fail (SIGNET_IS_ENDPOINT (self), NULL);

  return self->url;
}

/**
 * signet_endpoint_set_label:
 * @label: (nullable): operation label of RFC 9483 §6.1, which becomes the last part of the path
 */
void
signet_endpoint_set_label (SignetEndpoint *self,
                           const char     *label)
{
  g_return_if_fail (SIGNET_IS_ENDPOINT (self));

  g_free (self->label);
  self->label = g_strdup (label);
  build (self);
}

/**
 * signet_endpoint_set_path_name:
 * @name: (nullable): which of the authorities or profiles behind /.well-known/cmp is meant (RFC 9811 §3.4), as it is read, not
 *   escaped
 * @error: %SIGNET_TRANSFER_ERROR_URL where the address has a path of its own
 */
gboolean
signet_endpoint_set_path_name (SignetEndpoint  *self,
                               const char      *name,
                               GError         **error)
{
  g_return_val_if_fail (SIGNET_IS_ENDPOINT (self), FALSE);

  if (name != NULL && !g_str_equal (g_uri_get_path (self->given), DEFAULT_PATH))
    {
      g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_URL,
                   _("A name in the path belongs behind " DEFAULT_PATH ", and the address has the path %s. Leave the path out, or "
                     "write the name into it."), g_uri_get_path (self->given));
      return FALSE;
    }
  if (name != NULL && (*name == '\0' || g_str_equal (name, ".") || g_str_equal (name, "..")))
    {
      g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_URL,
                   _("“%s” is no name for a path. Ask your authority for it."), name);
      return FALSE;
    }
  g_free (self->path_name);
  self->path_name = g_strdup (name);
  build (self);

  return TRUE;
}

void
signet_endpoint_set_trailing_slash (SignetEndpoint *self,
                                    gboolean        slash)
{
  g_return_if_fail (SIGNET_IS_ENDPOINT (self));

  self->trailing_slash = slash;
  build (self);
}

void
signet_endpoint_set_framing (SignetEndpoint        *self,
                             SignetTransferFraming  framing)
{
  g_return_if_fail (SIGNET_IS_ENDPOINT (self));

  self->framing = framing;
}

/**
 * signet_endpoint_set_media_type:
 * @type: of the messages sent
 * @error: %SIGNET_TRANSFER_ERROR_URL for one that no server of CMP was ever told
 */
gboolean
signet_endpoint_set_media_type (SignetEndpoint  *self,
                                const char      *type,
                                GError         **error)
{
  g_return_val_if_fail (SIGNET_IS_ENDPOINT (self), FALSE);
  g_return_val_if_fail (type != NULL, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (media_types); i++)
    if (g_ascii_strcasecmp (type, media_types[i]) == 0)
      {
        self->media_type = media_types[i];
        return TRUE;
      }
  g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_URL,
               _("“%s” is no media type of CMP. There are: application/pkixcmp, application/pkixcmp-poll, application/x-pkixcmp."),
               type);

  return FALSE;
}

void
signet_endpoint_set_timeout (SignetEndpoint *self,
                             guint           seconds)
{
  g_return_if_fail (SIGNET_IS_ENDPOINT (self));
  g_return_if_fail (seconds > 0);

  self->timeout = seconds;
}

void
signet_endpoint_set_size_limit (SignetEndpoint *self,
                                gsize           octets)
{
  g_return_if_fail (SIGNET_IS_ENDPOINT (self));

  self->size_limit = octets;
}

void
signet_endpoint_set_follow_redirects (SignetEndpoint *self,
                                      gboolean        follow)
{
  g_return_if_fail (SIGNET_IS_ENDPOINT (self));

  self->follow_redirects = follow;
}

static void
close_file (gpointer fd)
{
  close (GPOINTER_TO_INT (fd));
}

/* GIO makes a database of a file only, and its backend opens that file again for each connection: so it is one in memory,
 * which lives as long as the database, which nobody changes, and of which a killed process leaves nothing behind. */
static GTlsDatabase *
make_database (const char  *pem,
               GError     **error)
{
  int fd = memfd_create ("signet-anchors", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  gsize length = strlen (pem);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  GTlsDatabase *database;

  if (fd < 0 || write (fd, pem, length) != (gssize) length
      || fcntl (fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    {
      int saved = errno;

      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (saved), g_strerror (saved));
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  database = g_tls_file_database_new (path, error);
  if (database == NULL)
    close (fd);
  else
    g_object_set_data_full (G_OBJECT (database), "signet-anchors", GINT_TO_POINTER (fd), close_file);

  return database;
}

/**
 * signet_endpoint_set_tls_anchors:
 * @pem: (nullable): certificates that count for TLS to this endpoint, and none else; %NULL: the system's
 * @error: %SIGNET_TRANSFER_ERROR_URL where there is no certificate in @pem
 *
 * These are apart from the anchors of the authority's messages (RFC 9483 §6.1: TLS is hop by hop).
 */
gboolean
signet_endpoint_set_tls_anchors (SignetEndpoint  *self,
                                 const char      *pem,
                                 GError         **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GTlsCertificate) first = NULL;
  g_autoptr (GTlsDatabase) database = NULL;

  g_return_val_if_fail (SIGNET_IS_ENDPOINT (self), FALSE);

  if (pem != NULL)
    {
      first = g_tls_certificate_new_from_pem (pem, -1, &reason);
      database = first != NULL ? make_database (pem, &reason) : NULL;
      if (database == NULL)
        {
          g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_URL,
                       _("The roots for TLS could not be read as PEM: %s"), reason->message);
          return FALSE;
        }
    }
  g_set_object (&self->tls_database, database);
  g_free (self->tls_anchors);
  self->tls_anchors = g_strdup (pem);

  return TRUE;
}

void
signet_endpoint_set_client_certificate (SignetEndpoint  *self,
                                        GTlsCertificate *certificate)
{
  g_return_if_fail (SIGNET_IS_ENDPOINT (self));

  g_set_object (&self->client_certificate, certificate);
}

void
signet_endpoint_set_tls_host (SignetEndpoint *self,
                              const char     *host)
{
  g_return_if_fail (SIGNET_IS_ENDPOINT (self));

  g_free (self->tls_host);
  self->tls_host = g_strdup (host);
}

void
signet_endpoint_set_query (SignetEndpoint *self,
                           const char     *query)
{
  g_return_if_fail (SIGNET_IS_ENDPOINT (self));

  g_free (self->query);
  self->query = g_strdup (query);
  build (self);
}

void
signet_endpoint_set_keep (SignetEndpoint     *self,
                          SignetTransferKeep  keep)
{
  g_return_if_fail (SIGNET_IS_ENDPOINT (self));

  self->keep = keep;
}

void
signet_endpoint_set_connection (SignetEndpoint *self,
                                const char     *name)
{
  g_return_if_fail (SIGNET_IS_ENDPOINT (self));

  g_free (self->connection);
  self->connection = g_strdup (name);
}

gboolean
signet_endpoint_is_encrypted (SignetEndpoint *self)
{
  g_return_val_if_fail (SIGNET_IS_ENDPOINT (self), FALSE);

  return g_str_equal (g_uri_get_scheme (self->uri), "https");
}

GUri *
signet_endpoint_get_uri (SignetEndpoint *self)
{
  return self->uri;
}

GUri *
signet_endpoint_get_base (SignetEndpoint *self)
{
  return self->base;
}

guint
signet_endpoint_get_timeout (SignetEndpoint *self)
{
  return self->timeout;
}

gsize
signet_endpoint_get_size_limit (SignetEndpoint *self)
{
  return self->size_limit;
}

gboolean
signet_endpoint_get_follow_redirects (SignetEndpoint *self)
{
  return self->follow_redirects;
}

GTlsDatabase *
signet_endpoint_get_tls_database (SignetEndpoint *self)
{
  return self->tls_database;
}

const char *
signet_endpoint_get_tls_anchors (SignetEndpoint *self)
{
  return self->tls_anchors;
}

GTlsCertificate *
signet_endpoint_get_client_certificate (SignetEndpoint *self)
{
  return self->client_certificate;
}

const char *
signet_endpoint_get_tls_host (SignetEndpoint *self)
{
  return self->tls_host;
}

SignetTransferKeep
signet_endpoint_get_keep (SignetEndpoint *self)
{
  return self->keep;
}

const char *
signet_endpoint_get_connection (SignetEndpoint *self)
{
  return self->connection;
}

SignetTransferFraming
signet_endpoint_get_framing (SignetEndpoint *self)
{
  return self->framing;
}

const char *
signet_endpoint_get_media_type (SignetEndpoint *self)
{
  return self->media_type;
}
