/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "demo/demo-general.h"

#include <openssl/conf.h>

#include "cmp/cmp-der.h"
#include "cmp/cmp-genm-item.h"
#include "pki/pki-openssl.h"

/*
 * What it wants in requests, in the language of ASN1_generate_nconf(3): an organisation and a key usage that are its own, name, address
 * and purposes of the requester, and keys of two kinds.
 */
static const char template_text[] =
  "[content]\ntemplate=SEQUENCE:template\nkeySpec=SEQUENCE:keys\n"
  "[template]\nsubject=EXP:5,SEQUENCE:name\nextensions=IMP:9,SEQUENCE:extensions\n"
  "[name]\norganization=SET:organization\ncommon=SET:common\n"
  "[organization]\none=SEQUENCE:organization_entry\n[organization_entry]\ntype=OID:organizationName\nvalue=UTF8:Signet Demo\n"
  "[common]\none=SEQUENCE:common_entry\n[common_entry]\ntype=OID:commonName\nvalue=UTF8:\n"
  "[extensions]\nnames=SEQUENCE:names\nusage=SEQUENCE:usage\npurposes=SEQUENCE:purposes\n"
  /* { [1] "" } */
  "[names]\noid=OID:subjectAltName\nvalue=FORMAT:HEX,OCT:30028100\n"
  /* digitalSignature */
  "[usage]\noid=OID:keyUsage\ncritical=BOOL:TRUE\nvalue=FORMAT:HEX,OCT:03020780\n"
  "[purposes]\noid=OID:extendedKeyUsage\nvalue=FORMAT:HEX,OCT:3000\n"
  "[keys]\ncurve=SEQUENCE:curve\nrsa=SEQUENCE:rsa\n"
  "[curve]\ntype=OID:1.3.6.1.5.5.7.5.1.11\nvalue=SEQUENCE:curve_algorithm\n[curve_algorithm]\ntype=OID:id-ecPublicKey\ncurve=OID:prime256v1\n"
  "[rsa]\ntype=OID:1.3.6.1.5.5.7.5.1.12\nvalue=INTEGER:3072\n";

static GBytes *
make_template (void)
{
  g_autoptr (BIO) bio = BIO_new_mem_buf (template_text, -1);
  CONF *configuration = NCONF_new (NULL);
  unsigned char *der = NULL;
  long line = 0;
  ASN1_TYPE *value = NULL;
  GBytes *bytes = NULL;
  int size;

  if (NCONF_load_bio (configuration, bio, &line) == 1)
    value = ASN1_generate_nconf ("SEQUENCE:content", configuration);
  size = value != NULL ? i2d_ASN1_TYPE (value, &der) : 0;
  if (size > 0)
    bytes = g_bytes_new (der, (gsize) size);
  OPENSSL_free (der);
  ASN1_TYPE_free (value);
  NCONF_free (configuration);

  return bytes;
}

/* SEQUENCE of what is in @contents. */
static GBytes *
sequence_of (gconstpointer contents,
             gsize         size)
{
  GByteArray *array = g_byte_array_new ();

  signet_der_append (array, V_ASN1_CONSTRUCTED | V_ASN1_SEQUENCE, contents, size);

  return g_byte_array_free_to_bytes (array);
}

static GBytes *
make_ca_certs (SignetDemoCa *ca)
{
  unsigned char *der = NULL;
  int size = i2d_X509 (ca->issuer, &der);
  GBytes *value = size > 0 ? sequence_of (der, (gsize) size) : NULL;

  OPENSSL_free (der);

  return value;
}

static void
add_item (GPtrArray         *items,
          SignetCmpInfoType  type,
          GBytes            *value)
{
  g_ptr_array_add (items, signet_cmp_genm_item_new (type, value));
  g_clear_pointer (&value, g_bytes_unref);
}

static void
add_oid (GByteArray *oids,
         const char *oid)
{
  g_autoptr (ASN1_OBJECT) object = OBJ_txt2obj (oid, 1);

  signet_der_append (oids, V_ASN1_OBJECT, OBJ_get0_data (object), OBJ_length (object));
}

GBytes *
signet_demo_general_answer (SignetDemoCa *ca,
                            GBytes       *questions)
{
  g_autoptr (GPtrArray) asked = signet_cmp_genm_decode (questions, NULL);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_genm_item_free);
  g_autoptr (GByteArray) unknown = g_byte_array_new ();

  if (asked == NULL)
    return NULL;
  /* Who asks nothing asks for everything: RFC 9810 App. D.5. */
  if (asked->len == 0)
    {
      add_item (items, SIGNET_CMP_INFO_CA_CERTS, make_ca_certs (ca));
      add_item (items, SIGNET_CMP_INFO_CERT_REQ_TEMPLATE, make_template ());
    }
  for (guint i = 0; i < asked->len; i++)
    {
      const SignetCmpGenmItem *item = g_ptr_array_index (asked, i);

      if (item->type == SIGNET_CMP_INFO_CA_CERTS)
        add_item (items, item->type, make_ca_certs (ca));
      else if (item->type == SIGNET_CMP_INFO_CERT_REQ_TEMPLATE)
        add_item (items, item->type, make_template ());
      else
        add_oid (unknown, item->oid);
    }
  if (unknown->len > 0)
    add_item (items, SIGNET_CMP_INFO_UNSUPPORTED_OIDS, sequence_of (unknown->data, unknown->len));

  return signet_cmp_genm_encode (items);
}
