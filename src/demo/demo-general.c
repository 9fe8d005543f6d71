/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "demo/demo-general.h"

#include <glib.h>
#include <openssl/asn1t.h>
#include <openssl/conf.h>

#include "pki/pki-openssl.h"

#define ID_IT "1.3.6.1.5.5.7.4."
#define CA_CERTS ID_IT "17"
#define CERT_REQ_TEMPLATE ID_IT "19"
#define UNSUPPORTED_OIDS ID_IT "7"

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

static ASN1_TYPE *
make_template (void)
{
  g_autoptr (BIO) bio = BIO_new_mem_buf (template_text, -1);
  CONF *configuration = NCONF_new (NULL);
  long line = 0;
  ASN1_TYPE *value = NULL;

  if (NCONF_load_bio (configuration, bio, &line) == 1)
    value = ASN1_generate_nconf ("SEQUENCE:content", configuration);
  NCONF_free (configuration);

  return value;
}

static ASN1_TYPE *
any_of (unsigned char *der,
        int            size)
{
  const unsigned char *cursor = der;
  ASN1_TYPE *value = size > 0 ? d2i_ASN1_TYPE (NULL, &cursor, size) : NULL;

  OPENSSL_free (der);

  return value;
}

/* SEQUENCE OF what is in @values, which is taken. */
static ASN1_TYPE *
sequence_of (ASN1_SEQUENCE_ANY *values)
{
  unsigned char *der = NULL;
  int size = i2d_ASN1_SEQUENCE_ANY (values, &der);

  sk_ASN1_TYPE_pop_free (values, ASN1_TYPE_free);

  return any_of (der, size);
}

/* libcrypto has types of its own for these two values, once it knows them. */
#if OPENSSL_VERSION_NUMBER >= 0x30400000L

static OSSL_CMP_ITAV *
new_ca_certs (SignetDemoCa *ca)
{
  STACK_OF (X509) *certificates = sk_X509_new_null ();
  OSSL_CMP_ITAV *item;

  sk_X509_push (certificates, ca->issuer);
  item = OSSL_CMP_ITAV_new_caCerts (certificates);
  sk_X509_free (certificates);

  return item;
}

static OSSL_CMP_ITAV *
new_template (void)
{
  ASN1_TYPE *value = make_template ();
  const unsigned char *cursor = ASN1_STRING_get0_data (value->value.sequence);
  long size = ASN1_STRING_length (value->value.sequence);
  const unsigned char *end = cursor + size;
  OSSL_CRMF_CERTTEMPLATE *template = NULL;
  OSSL_CMP_ATAVS *key_spec = NULL;
  int tag;
  int tag_class;

  if ((ASN1_get_object (&cursor, &size, &tag, &tag_class, size) & 0x80) == 0)
    {
      template = d2i_OSSL_CRMF_CERTTEMPLATE (NULL, &cursor, end - cursor);
      key_spec = d2i_OSSL_CMP_ATAVS (NULL, &cursor, end - cursor);
    }
  ASN1_TYPE_free (value);

  return template != NULL ? OSSL_CMP_ITAV_new0_certReqTemplate (template, key_spec) : NULL;
}

#else

static ASN1_TYPE *
make_ca_certs (SignetDemoCa *ca)
{
  ASN1_SEQUENCE_ANY *values = sk_ASN1_TYPE_new_null ();
  unsigned char *der = NULL;
  int size = i2d_X509 (ca->issuer, &der);

  sk_ASN1_TYPE_push (values, any_of (der, size));

  return sequence_of (values);
}

static OSSL_CMP_ITAV *
new_ca_certs (SignetDemoCa *ca)
{
  return OSSL_CMP_ITAV_create (OBJ_txt2obj (CA_CERTS, 1), make_ca_certs (ca));
}

static OSSL_CMP_ITAV *
new_template (void)
{
  return OSSL_CMP_ITAV_create (OBJ_txt2obj (CERT_REQ_TEMPLATE, 1), make_template ());
}

#endif

static void
push_item (STACK_OF (OSSL_CMP_ITAV) **items,
           OSSL_CMP_ITAV             *item)
{
  if (item != NULL)
    OSSL_CMP_ITAV_push0_stack_item (items, item);
}

STACK_OF (OSSL_CMP_ITAV) *
signet_demo_general_answer (SignetDemoCa                   *ca,
                            const STACK_OF (OSSL_CMP_ITAV) *questions)
{
  STACK_OF (OSSL_CMP_ITAV) *items = NULL;
  ASN1_SEQUENCE_ANY *unknown = sk_ASN1_TYPE_new_null ();
  char oid[128];

  /* Who asks nothing asks for everything: RFC 9810 App. D.5. */
  if (sk_OSSL_CMP_ITAV_num (questions) <= 0)
    {
      push_item (&items, new_ca_certs (ca));
      push_item (&items, new_template ());
    }
  for (int i = 0; i < sk_OSSL_CMP_ITAV_num (questions); i++)
    {
      ASN1_OBJECT *type = OSSL_CMP_ITAV_get0_type (sk_OSSL_CMP_ITAV_value (questions, i));

      if (OBJ_obj2txt (oid, sizeof oid, type, 1) <= 0)
        continue;
      if (g_str_equal (oid, CA_CERTS))
        push_item (&items, new_ca_certs (ca));
      else if (g_str_equal (oid, CERT_REQ_TEMPLATE))
        push_item (&items, new_template ());
      else
        {
          ASN1_TYPE *value = ASN1_TYPE_new ();

          ASN1_TYPE_set (value, V_ASN1_OBJECT, OBJ_dup (type));
          sk_ASN1_TYPE_push (unknown, value);
        }
    }
  if (sk_ASN1_TYPE_num (unknown) > 0)
    push_item (&items, OSSL_CMP_ITAV_create (OBJ_txt2obj (UNSUPPORTED_OIDS, 1), sequence_of (unknown)));
  else
    sk_ASN1_TYPE_free (unknown);

  return items;
}
