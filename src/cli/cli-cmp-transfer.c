/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include <openssl/pem.h>

#include "cli/cli-cmp.h"
#include "pki/pki-openssl.h"

/* Where the server is: its address, TLS and proxy, as the options say. */

#define ENDLESS (366 * 24 * 3600)       /* seconds: what "no limit" is here */
#define CONNECTION "cmp"

/* "[http[s]://][user@]host[:port][/path][?query]" as an address of its own, with the path that -path gives. @query: (out) (transfer
 * full) (nullable): what stands behind "?" there. */
static char *
server_url (SignetCliCmp  *self,
            char         **query)
{
  const char *server = signet_cli_cmp_text (self, "server");
  const char *given = signet_cli_cmp_text (self, "path");
  const char *scheme = strstr (server, "://");
  const char *rest = scheme != NULL ? scheme + strlen ("://") : server;
  gboolean encrypted = (scheme != NULL && g_ascii_strncasecmp (server, "https", 5) == 0) || signet_cli_cmp_flag (self, "tls_used");
  g_autofree char *host = g_strndup (rest, strcspn (rest, "/?#"));
  g_autofree char *path = g_strndup (rest + strlen (host), strcspn (rest + strlen (host), "#"));
  const char *user = strrchr (host, '@');
  const char *mark;
  g_autofree char *plain = NULL;

  if (given == NULL)
    given = path;
  mark = strchr (given, '?');
  *query = mark != NULL ? g_strdup (mark + 1) : NULL;
  plain = mark != NULL ? g_strndup (given, (gsize) (mark - given)) : g_strdup (given);

  return g_strconcat (encrypted ? "https://" : "http://", user != NULL ? user + 1 : host, *plain == '/' ? "" : "/", plain, NULL);
}

static gboolean
write_chain (BIO       *bio,
             GPtrArray *certificates)
{
  for (guint i = 0; i < certificates->len; i++)
    if (PEM_write_bio_X509 (bio, signet_certificate_get_x509 (certificates->pdata[i])) != 1)
      return FALSE;

  return TRUE;
}

/* Key and certificates as the one text that GIO takes. */
static gboolean
set_client_certificate (SignetCliCmp    *self,
                        SignetEndpoint  *endpoint,
                        GError         **error)
{
  const char *source = signet_cli_cmp_text (self, "tls_cert");
  g_autoptr (GPtrArray) chain = signet_cli_cmp_load_certificates (self, source, "tls_keypass", error);
  g_autoptr (SignetKey) key
      = chain != NULL ? signet_cli_cmp_load_key (self, signet_cli_cmp_text (self, "tls_key"), "tls_keypass", error) : NULL;
  g_autoptr (GPtrArray) extra = key != NULL ? signet_cli_cmp_load_list (self, "tls_extra", "otherpass", error) : NULL;
  g_autoptr (BIO) bio = BIO_new (BIO_s_secmem ());
  g_autoptr (GTlsCertificate) certificate = NULL;
  char *data;
  long size;

  if (extra == NULL)
    return FALSE;
  if (X509_check_private_key (signet_certificate_get_x509 (chain->pdata[0]), signet_key_get_pkey (key)) != 1)
    {
      signet_openssl_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("The key of -tls_key is not that of -tls_cert"));
      return FALSE;
    }
  if (!write_chain (bio, chain) || !write_chain (bio, self->untrusted) || !write_chain (bio, extra)
      || PEM_write_bio_PKCS8PrivateKey (bio, signet_key_get_pkey (key), NULL, NULL, 0, NULL, NULL) != 1)
    {
      signet_openssl_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("The key of -tls_key cannot be used for a connection"));
      return FALSE;
    }
  size = BIO_get_mem_data (bio, &data);
  certificate = g_tls_certificate_new_from_pem (data, size, error);
  if (certificate == NULL)
    return FALSE;
  signet_endpoint_set_client_certificate (endpoint, certificate);

  return TRUE;
}

static gboolean
set_tls_trusted (SignetCliCmp    *self,
                 SignetEndpoint  *endpoint,
                 GError         **error)
{
  g_autoptr (GPtrArray) anchors = signet_cli_cmp_load_list (self, "tls_trusted", "otherpass", error);
  g_autofree char *pem = NULL;

  if (anchors == NULL)
    return FALSE;
  if (anchors->len == 0)
    {
      signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_WARNING,
                          _("TLS without -tls_trusted: the server's certificate is checked against the anchors of the system"));
      return TRUE;
    }
  pem = signet_certificates_to_pem (anchors);

  return signet_endpoint_set_tls_anchors (endpoint, pem, error);
}

static gboolean
set_tls (SignetCliCmp    *self,
         SignetEndpoint  *endpoint,
         GError         **error)
{
  if (signet_cli_cmp_given (self, "tls_cert") != signet_cli_cmp_given (self, "tls_key"))
    return signet_cli_cmp_usage (error, _("-tls_cert and -tls_key belong together: give both or neither"));
  signet_endpoint_set_tls_host (endpoint, signet_cli_cmp_text (self, "tls_host"));

  return set_tls_trusted (self, endpoint, error)
         && (!signet_cli_cmp_given (self, "tls_cert") || set_client_certificate (self, endpoint, error));
}

static void
warn_of_idle_tls (SignetCliCmp *self)
{
  static const char *const names[] = { "tls_cert", "tls_key", "tls_keypass", "tls_extra", "tls_trusted", "tls_host" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (signet_cli_cmp_given (self, names[i]))
      signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_WARNING, _("-%s is without effect, as TLS is not used"), names[i]);
}

SignetEndpoint *
signet_cli_cmp_endpoint_new (SignetCliCmp  *self,
                             GError       **error)
{
  g_autofree char *query = NULL;
  g_autofree char *url = server_url (self, &query);
  g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (url, error);
  int total = signet_cli_cmp_number (self, "total_timeout", 0);
  int message = signet_cli_cmp_number (self, "msg_timeout", total);
  int keep = signet_cli_cmp_number (self, "keep_alive", 1);

  if (endpoint == NULL)
    return NULL;
  if (keep > 2)
    {
      signet_cli_cmp_usage (error, _("-keep_alive is 0, 1 or 2"));
      return NULL;
    }
  if (total > 0 && message > total)
    {
      signet_cli_cmp_usage (error, _("-total_timeout is %d seconds, less than -msg_timeout, %d"), total, message);
      return NULL;
    }
  signet_endpoint_set_timeout (endpoint, message > 0 ? (guint) message : ENDLESS);
  if (query != NULL)
    signet_endpoint_set_query (endpoint, query);
  if (keep > 0)
    signet_endpoint_set_connection (endpoint, CONNECTION);
  else
    signet_endpoint_set_keep (endpoint, SIGNET_TRANSFER_KEEP_NOT);
  if (signet_endpoint_is_encrypted (endpoint) && !set_tls (self, endpoint, error))
    return NULL;
  if (!signet_endpoint_is_encrypted (endpoint))
    warn_of_idle_tls (self);

  return g_steal_pointer (&endpoint);
}

/* Of two environment variables the first that is set. */
static const char *
either (const char *lower,
        const char *upper)
{
  const char *value = g_getenv (lower);

  return value != NULL ? value : g_getenv (upper);
}

GProxyResolver *
signet_cli_cmp_proxy_new (SignetCliCmp *self,
                          gboolean      encrypted)
{
  const char *proxy = signet_cli_cmp_text (self, "proxy");
  const char *hosts = signet_cli_cmp_text (self, "no_proxy");
  g_auto (GStrv) ignored = NULL;
  const char *scheme;
  g_autofree char *address = NULL;

  if (proxy == NULL)
    proxy = encrypted ? either ("https_proxy", "HTTPS_PROXY") : either ("http_proxy", "HTTP_PROXY");
  if (hosts == NULL)
    hosts = either ("no_proxy", "NO_PROXY");
  if (proxy == NULL || *proxy == '\0')
    return g_simple_proxy_resolver_new (NULL, NULL);
  scheme = strstr (proxy, "://");
  proxy = scheme != NULL ? scheme + strlen ("://") : proxy;
  address = g_strdup_printf ("http://%.*s", (int) strcspn (proxy, "/?#"), proxy);
  ignored = g_strsplit_set (hosts != NULL ? hosts : "", ", \t\n", -1);

  return g_simple_proxy_resolver_new (address, ignored);
}
