/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/x509v3.h>

#include "cmp-corpus.h"
#include "cmp-made.h"
#include "cmp/cmp-der.h"
#include "cmp/cmp-tree.h"

/* What is printed of each body and of each value, from what OpenSSL's generator makes of tests/data/asn1/types.cnf. */

#define MAX_WORDS 14

typedef struct {
  SignetCmpBodyType type;
  const char *value;
  const char *words[MAX_WORDS];
} BodyCase;

static void
assert_says (const char        *text,
             const char *const *words,
             guint              n_words)
{
  const char *rest = text;

  for (guint i = 0; i < n_words && words[i] != NULL; i++)
    {
      int nid = strchr (words[i], ' ') == NULL && strchr (words[i], '.') != NULL ? OBJ_txt2nid (words[i]) : NID_undef;
      const char *word = nid != NID_undef ? OBJ_nid2sn (nid) : words[i];        /* newer libcryptos know more names */
      const char *found = strstr (rest, word);

      if (found == NULL)
        g_error ("“%s” is not in, or not in that place of:\n%s", word, text);
      rest = found + strlen (word);
    }
}

static SignetCmpMessage *
wrap (SignetCmpBodyType  type,
      GBytes            *content)
{
  g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (2, type, content);
  g_autoptr (GError) error = NULL;
  SignetCmpMessage *message = signet_cmp_message_builder_finish (builder, NULL, NULL, &error);

  g_assert_no_error (error);
  return message;
}

static const BodyCase bodies[] = {
  { SIGNET_CMP_BODY_IR, "SEQWRAP,SEQUENCE:SignetCertReqMsg.signature",
    { "A first request for a certificate (ir). It is for “CN=Somebody”.", "CertReqMsg", "certReqId: 0", "serialNumber: 77",
      "subject: CN=Somebody", "controls", "a secret of 5 octets, which is not shown", "popo: signature", "poposkInput",
      "publicKey: ", "sender: CN=Somebody", "signature: 0102" } },
  { SIGNET_CMP_BODY_CR, "SEQWRAP,SEQUENCE:SignetCertReqMsg.signatureMac",
    { "(cr)", "popo: signature", "poposkInput", "publicKeyMAC", "algId: RSA-SHA256", "value: 0a0b" } },
  { SIGNET_CMP_BODY_KUR, "SEQWRAP,SEQUENCE:SignetCertReqMsg.subsequent",
    { "(kur)", "popo: keyEncipherment", "subsequentMessage: 1 (challengeResp: a challenge shall come)" } },
  { SIGNET_CMP_BODY_KRR, "SEQWRAP,SEQUENCE:SignetCertReqMsg.agree", { "(krr)", "popo: keyAgreement", "agreeMAC", "value: 0a0b" } },
  { SIGNET_CMP_BODY_CCR, "SEQWRAP,SEQUENCE:SignetCertReqMsg",
    { "(ccr)", "popo: keyEncipherment", "encryptedKey: EnvelopedData", "encryptedContentInfo", "contentType: pkcs7-data",
      "contentEncryptionAlgorithm: ", "encryptedContent: 636f6e74656e74" } },
  /* the order of a SET OF is that of its encoding */
  { SIGNET_CMP_BODY_CCR, "SEQWRAP,SEQUENCE:SignetCertReqMsg", { "RecipientInfo: ktri: ", "serialNumber: 78", "6b747269206b6579" } },
  { SIGNET_CMP_BODY_CCR, "SEQWRAP,SEQUENCE:SignetCertReqMsg",
    { "RecipientInfo: kari: ", "originatorKey", "ukm: 756b6d", "RecipientEncryptedKey", "serialNumber: 78", "6b617269206b6579" } },
  { SIGNET_CMP_BODY_CCR, "SEQWRAP,SEQUENCE:SignetCertReqMsg",
    { "RecipientInfo: pwri: ", "keyDerivationAlgorithm: PBKDF2", "iterationCount: 100000", "70777269206b6579" } },
  { SIGNET_CMP_BODY_CCR, "SEQWRAP,SEQUENCE:SignetCertReqMsg",
    { "RecipientInfo: kemri: ", "subjectKeyIdentifier: 6b6579206964", "kem: ", "kemct: ", "kdf: ", "kekLength: 32", "wrap: ",
      "encryptedKey: 6b656d7269206b6579" } },
  { SIGNET_CMP_BODY_CCR, "SEQWRAP,SEQUENCE:SignetCertReqMsg", { "RecipientInfo: ori: ", "1.2.3.4: 7" } },
  { SIGNET_CMP_BODY_CCR, "SEQWRAP,SEQUENCE:SignetCertReqMsg", { "RecipientInfo: kekri: " } },
  { SIGNET_CMP_BODY_CCR, "SEQWRAP,SEQUENCE:SignetCertReqMsg.verified", { "(ccr)", "popo: raVerified" } },
  { SIGNET_CMP_BODY_IP, "SEQUENCE:SignetCertRepMessage",
    { "The answer to a first request (ip). The authority granted the request with changes", "caPubs", "CertResponse", "certReqId: 0",
      "status: 1 (grantedWithMods)", "statusString: with changes", "failInfo: badRequest", "rspInfo: Version?1%",
      "privateKey: EncryptedValue", "encValue: 0c", "action: pleasePublish", "pubMethod: web", "http://example.com/certs",
      "encryptedCert: EnvelopedData" } },
  { SIGNET_CMP_BODY_P10CR, "SEQUENCE:SignetCertificationRequest",
    { "(p10cr). It is for “CN=Somebody”.", "subject: CN=Somebody", "publicKey: Ed25519", "challengePassword",
      "signatureAlgorithm: RSA-SHA256", "signature: 0102" } },
  { SIGNET_CMP_BODY_POPDECC, "SEQUENCE:SignetPopoDecKeyChallContent",
    { "(popdecc). It challenges 2 keys.", "Challenge", "owf: ", "witness: 7769746e657373", "challenge: 6368616c6c656e6765", "Challenge",
      "encryptedRand: EnvelopedData" } },
  { SIGNET_CMP_BODY_POPDECR, "SEQUENCE:SignetPopoDecKeyRespContent",
    { "(popdecr)", "INTEGER: 123456789abcdef01122334455", "INTEGER: -5" } },
  { SIGNET_CMP_BODY_KRP, "SEQUENCE:SignetKeyRecRepContent.full",
    { "(krp). The authority granted the request with changes", "It brings 2 keys back.", "newSigCert", "caCerts", "keyPairHist",
      "privateKey: EncryptedValue", "keyPairHist", "privateKey: EnvelopedData" } },
  { SIGNET_CMP_BODY_RR, "SEQUENCE:SignetRevReqContent",
    { "(rr). It is about the certificate with the number 4D of “CN=Somebody”.", "RevDetails", "certDetails", "serialNumber: 77",
      "crlEntryDetails", "X509v3 CRL Reason Code: Key Compromise", "RevDetails" } },
  { SIGNET_CMP_BODY_RP, "SEQUENCE:SignetRevRepContent.full",
    { "(rp). The authority granted the request with changes", "The authority accepted the request.", "status: 1 (grantedWithMods)",
      "status: 0 (accepted)", "revCerts", "issuer: CN=Somebody", "serialNumber: 77", "crls" } },
  { SIGNET_CMP_BODY_CKUANN, "SEQUENCE:SignetCaKeyUpdContent",
    { "(ckuann)", "oldWithNew", "newWithOld", "newWithNew" } },
  { SIGNET_CMP_BODY_CKUANN, "EXPLICIT:0,SEQUENCE:SignetRootCaKeyUpdateContent.full",
    { "(ckuann)", "newWithNew", "newWithOld", "oldWithNew" } },
  { SIGNET_CMP_BODY_CANN, "SEQUENCE:certificate", { "(cann)", "certificate: SEQUENCE" } },
  { SIGNET_CMP_BODY_RANN, "SEQUENCE:SignetRevAnnContent",
    { "(rann). It is about the certificate with the number 4D of “CN=Somebody”. It is revoked as of 2026-11-24 12:00 UTC, and not to "
      "be relied on since 2026-11-20 12:00 UTC.", "status: 4 (revocationWarning)", "certId", "serialNumber: 77",
      "willBeRevokedAt: 2026-11-24 12:00:00 UTC", "badSinceDate: 2026-11-20 12:00:00 UTC" } },
  { SIGNET_CMP_BODY_CRLANN, "SEQUENCE:certificates", { "(crlann)", "CertificateList" } },
  { SIGNET_CMP_BODY_GENM, "SEQUENCE:nothing", { "(genm). It asks for all there is to tell." } },
  { SIGNET_CMP_BODY_GENP, "SEQUENCE:nothing", { "(genp). It tells nothing." } },
};

static void
test_bodies (void)
{
  CONF *conf = corpus_values_load ();

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GBytes) content = corpus_generate (conf, bodies[i].value);
      g_autoptr (SignetCmpMessage) message = wrap (bodies[i].type, content);
      g_autoptr (GBytes) again = signet_cmp_message_encode_again (message);
      g_autofree char *text = signet_cmp_message_print (message);

      assert_says (text, bodies[i].words, MAX_WORDS);
      g_assert_true (g_bytes_equal (again, signet_cmp_message_get_der (message)));
    }
  NCONF_free (conf);
}

typedef struct {
  const char *oid;
  const char *value;
  const char *words[MAX_WORDS];
} ValueCase;

static const ValueCase infos[] = {
  { "1.3.6.1.5.5.7.4.1", "SEQUENCE:certificate", { "caProtEncCert", "certificate" } },
  { "1.3.6.1.5.5.7.4.2", "SEQWRAP,SEQUENCE:alg_ed25519", { "signKeyPairTypes", "algorithm: ED25519" } },
  { "1.3.6.1.5.5.7.4.3", "SEQWRAP,SEQUENCE:alg_ed25519", { "encKeyPairTypes", "algorithm: ED25519" } },
  { "1.3.6.1.5.5.7.4.4", "SEQUENCE:alg", { "preferredSymmAlg", "algorithm: RSA-SHA256" } },
  { "1.3.6.1.5.5.7.4.5", "SEQUENCE:SignetCaKeyUpdAnnContent", { "caKeyUpdateInfo", "oldWithNew", "newWithOld", "newWithNew" } },
  { "1.3.6.1.5.5.7.4.6", "SEQUENCE:certificate", { "currentCRL", "CertificateList" } },
  { "1.3.6.1.5.5.7.4.7", "SEQUENCE:SignetUnsupportedOids",
    { "unsupportedOIDs", "OBJECT IDENTIFIER: crls", "OBJECT IDENTIFIER: KemCiphertextInfo" } },
  { "1.3.6.1.5.5.7.4.10", "OID:1.2.840.10045.2.1", { "keyPairParamReq", "OBJECT IDENTIFIER: id-ecPublicKey" } },
  { "1.3.6.1.5.5.7.4.11", "SEQUENCE:alg", { "keyPairParamRep", "algorithm: RSA-SHA256" } },
  { "1.3.6.1.5.5.7.4.12", "SEQUENCE:SignetEncryptedValue.full",
    { "revPassphrase", "EncryptedKey: EncryptedValue", "intendedAlg", "symmAlg", "encSymmKey: 0a", "keyAlg", "valueHint", "encValue: 0c" } },
  { "1.3.6.1.5.5.7.4.13", "NULL", { "implicitConfirm" } },
  { "1.3.6.1.5.5.7.4.14", "GENTIME:20261124120000Z", { "confirmWaitTime", "time: 2026-11-24 12:00:00 UTC" } },
  { "1.3.6.1.5.5.7.4.16", "SEQUENCE:SignetUtf8Strings", { "suppLangTags", "UTF8String: de-DE", "UTF8String: en" } },
  { "1.3.6.1.5.5.7.4.17", "SEQUENCE:certificates", { "caCerts", "certificate", "certificate" } },
  { "1.3.6.1.5.5.7.4.18", "SEQUENCE:SignetRootCaKeyUpdateContent.full",
    { "rootCaKeyUpdate", "newWithNew", "newWithOld", "oldWithNew" } },
  { "1.3.6.1.5.5.7.4.19", "SEQUENCE:SignetCertReqTemplateContent.full",
    { "certReqTemplate", "certTemplate", "subject: CN=Somebody", "keySpec", "algorithm: RSA-SHA256", "INTEGER: 2048" } },
  { "1.3.6.1.5.5.7.4.20", "SEQUENCE:certificate", { "rootCaCert", "certificate" } },
  { "1.3.6.1.5.5.7.4.21", "SEQUENCE:SignetUtf8Strings", { "certProfile", "UTF8String: de-DE" } },
  { "1.3.6.1.5.5.7.4.22", "SEQUENCE:SignetCrlStatusList",
    { "crlStatusList", "CRLStatus", "dpn: uri:http://example.com/crl", "dpn: CN=Somebody", "thisUpdate: 2026-11-24 12:00:00 UTC",
      "CRLStatus", "issuer: uri:http://example.com/crl" } },
  { "1.3.6.1.5.5.7.4.23", "SEQUENCE:certificates", { "crls", "CertificateList", "CertificateList" } },
  { "1.3.6.1.5.5.7.4.24", "SEQUENCE:SignetKemCiphertextInfo", { "KemCiphertextInfo", "kem: ", "ct: 63697068657274657874" } },
  /* what is known to nobody, as it is */
  { "1.3.6.1.5.5.7.4.99", "SEQUENCE:texts", { "1.3.6.1.5.5.7.4.99: SEQUENCE", "UTF8String: with changes" } },
  { "1.2.3.4.5", "INTEGER:5", { "1.2.3.4.5: 5" } },
  /* a known type with a value that is none of it */
  { "1.3.6.1.5.5.7.4.18", "INTEGER:5", { "rootCaKeyUpdate: 5" } },
};

static const ValueCase attributes[] = {
  { "1.3.6.1.5.5.7.5.1.1", "UTF8:token", { "regToken", "a secret of 5 octets, which is not shown" } },
  { "1.3.6.1.5.5.7.5.1.2", "UTF8:mother", { "authenticator", "a secret of 6 octets, which is not shown" } },
  { "1.3.6.1.5.5.7.5.1.3", "SEQUENCE:SignetPkiPublicationInfo",
    { "pkiPublicationInfo", "action: pleasePublish", "pubMethod: web", "pubLocation: uri:http://example.com/certs", "pubMethod: dontCare" } },
  { "1.3.6.1.5.5.7.5.1.4", "EXPLICIT:0,SEQUENCE:SignetEncryptedValue", { "pkiArchiveOptions", "encryptedPrivKey: EncryptedValue" } },
  { "1.3.6.1.5.5.7.5.1.4", "IMPLICIT:2,BOOLEAN:true", { "pkiArchiveOptions", "archiveRemGenPrivKey: TRUE" } },
  { "1.3.6.1.5.5.7.5.1.4", "IMPLICIT:1,OCTETSTRING:x", { "pkiArchiveOptions", "keyGenParameters: 78" } },
  { "1.3.6.1.5.5.7.5.1.5", "SEQUENCE:SignetCertId", { "oldCertID", "CertId", "issuer: CN=Somebody", "serialNumber: 77" } },
  { "1.3.6.1.5.5.7.5.1.6", "SEQUENCE:spki", { "protocolEncrKey", "SubjectPublicKeyInfo: Ed25519" } },
  { "1.3.6.1.5.5.7.5.1.7", "SEQUENCE:spec_len", { "1.3.6.1.5.5.7.5.1.7", "1.3.6.1.5.5.7.5.1.12", "INTEGER: 2048" } },
  { "1.3.6.1.5.5.7.5.1.11", "SEQUENCE:alg", { "algorithm: RSA-SHA256" } },
  { "1.3.6.1.5.5.7.5.1.12", "INTEGER:2048", { "INTEGER: 2048" } },
  { "1.3.6.1.5.5.7.5.2.1", "UTF8:fname?Maria%lname?Huber%", { "utf8Pairs", "UTF8String: fname?Maria%lname?Huber%" } },
  /* RFC 4211 App. A.1 and A.2 */
  { "1.3.6.1.5.5.7.5.2.1", "UTF8:version?1%corp_company?Example, Inc.%org_unit?Engineering%",
    { "utf8Pairs", "UTF8String: version?1%corp_company?Example, Inc.%org_unit?Engineering%" } },
  { "1.3.6.1.5.5.7.5.2.1", "UTF8:validity?-19991231%", { "utf8Pairs", "UTF8String: validity?-19991231%" } },
  { "1.3.6.1.5.5.7.5.2.2", "SEQUENCE:request", { "certReq", "certReqId: 0", "subject: CN=Somebody", "controls" } },
};

/* One InfoTypeAndValue, AttributeTypeAndValue or AlgorithmIdentifier. */
static GBytes *
pair (CONF       *conf,
      const char *oid,
      const char *value)
{
  g_autoptr (GByteArray) inner = g_byte_array_new ();
  GByteArray *outer = g_byte_array_new ();
  g_autofree char *type = g_strconcat ("OID:", oid, NULL);
  g_autoptr (GBytes) first = corpus_generate (conf, type);
  g_autoptr (GBytes) second = corpus_generate (conf, value);

  g_byte_array_append (inner, g_bytes_get_data (first, NULL), (guint) g_bytes_get_size (first));
  g_byte_array_append (inner, g_bytes_get_data (second, NULL), (guint) g_bytes_get_size (second));
  signet_der_append (outer, 0x30, inner->data, inner->len);
  return g_byte_array_free_to_bytes (outer);
}

static GBytes *
sequence (GBytes *first,
          GBytes *second)
{
  g_autoptr (GByteArray) inner = g_byte_array_new ();
  GByteArray *outer = g_byte_array_new ();

  g_byte_array_append (inner, g_bytes_get_data (first, NULL), (guint) g_bytes_get_size (first));
  if (second != NULL)
    g_byte_array_append (inner, g_bytes_get_data (second, NULL), (guint) g_bytes_get_size (second));
  signet_der_append (outer, 0x30, inner->data, inner->len);
  return g_byte_array_free_to_bytes (outer);
}

static void
test_infos (void)
{
  CONF *conf = corpus_values_load ();

  for (guint i = 0; i < G_N_ELEMENTS (infos); i++)
    {
      g_autoptr (GBytes) item = pair (conf, infos[i].oid, infos[i].value);
      g_autoptr (GBytes) content = sequence (item, NULL);
      g_autoptr (SignetCmpMessage) message = wrap (SIGNET_CMP_BODY_GENP, content);
      g_autofree char *text = signet_cmp_message_print (message);

      assert_says (strstr (text, "InfoTypeAndValue"), infos[i].words, MAX_WORDS);
      assert_says (text, (const char *const[]) { "(genp). It tells about: " }, 1);
    }
  NCONF_free (conf);
}

static void
test_controls (void)
{
  CONF *conf = corpus_values_load ();
  g_autoptr (GBytes) template = corpus_generate (conf, "SEQUENCE:template");
  g_autoptr (GBytes) id = corpus_generate (conf, "INTEGER:0");

  for (guint i = 0; i < G_N_ELEMENTS (attributes); i++)
    {
      g_autoptr (GBytes) item = pair (conf, attributes[i].oid, attributes[i].value);
      g_autoptr (GBytes) controls = sequence (item, NULL);
      g_autoptr (GByteArray) members = g_byte_array_new ();
      g_autoptr (GBytes) request = NULL;
      g_autoptr (GBytes) one = NULL;
      g_autoptr (GBytes) content = NULL;
      g_autoptr (SignetCmpMessage) message = NULL;
      g_autofree char *text = NULL;

      g_byte_array_append (members, g_bytes_get_data (template, NULL), (guint) g_bytes_get_size (template));
      g_byte_array_append (members, g_bytes_get_data (controls, NULL), (guint) g_bytes_get_size (controls));
      one = g_bytes_new (members->data, members->len);
      request = sequence (id, one);
      g_clear_pointer (&one, g_bytes_unref);
      one = sequence (request, NULL);
      content = sequence (one, NULL);
      message = wrap (SIGNET_CMP_BODY_IR, content);
      text = signet_cmp_message_print (message);
      assert_says (strstr (text, "controls"), attributes[i].words, MAX_WORDS);
    }
  NCONF_free (conf);
}

static const ValueCase algorithms[] = {
  { "1.2.840.113533.7.66.13", "SEQUENCE:SignetPbmParameter", { "salt: 73616c74", "owf: ", "iterationCount: 500", "mac: " } },
  { "1.2.840.113533.7.66.30", "SEQUENCE:SignetDhbmParameter", { "owf: ", "mac: " } },
  { "1.2.840.113533.7.66.16", "SEQUENCE:SignetKemBmParameter", { "kdf: ", "kemContext: 636f6e74657874", "len: 32", "mac: " } },
  { "1.2.840.113549.1.5.14", "SEQUENCE:pbmac1",
    { "keyDerivationFunc: PBKDF2", "salt: 73616c74", "iterationCount: 100000", "keyLength: 32", "prf: hmacWithSHA256",
      "messageAuthScheme: hmacWithSHA256" } },
  { "1.2.840.113549.1.1.10", "SEQUENCE:pss", { "hashAlgorithm: SHA256", "maskGenAlgorithm: MGF1", "algorithm: SHA256", "saltLength: 32" } },
};

static void
test_algorithms (void)
{
  CONF *conf = corpus_values_load ();
  g_autoptr (GBytes) content = corpus_generate (conf, "NULL");
  g_autoptr (GBytes) protection = g_bytes_new_static ("x", 1);

  for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      g_autoptr (GBytes) algorithm = pair (conf, algorithms[i].oid, algorithms[i].value);
      g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (2, SIGNET_CMP_BODY_PKICONF, content);
      g_autoptr (SignetCmpMessage) message = NULL;
      g_autofree char *text = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (signet_cmp_message_builder_set_protection_alg (builder, algorithm, &error));
      message = signet_cmp_message_builder_finish (builder, protection, NULL, &error);
      g_assert_no_error (error);
      text = signet_cmp_message_print (message);
      assert_says (strstr (text, "protectionAlg"), algorithms[i].words, MAX_WORDS);
    }
  NCONF_free (conf);
}

/* Certificates of authorities that spoke CMP once, among them of version 1 and with odd names. */
static void
test_certificates (void)
{
  static const char *const files[] = {
    "cryptlib-testdata/cmp_ca1.der", "cryptlib-testdata/cmp_ca2.der", "cryptlib-testdata/cmp_ca3.der",
    "cryptlib-testdata/cmp_ca4.der", "cryptlib-testdata/cmp_ca6.der", "cryptlib-testdata/cmp_ca7.der",
    "cryptlib-testdata/cmp_ca8.der", "cryptlib-testdata/cmp_ca9.der", "cryptlib-testdata/cmp_ca9r.der",
    "cryptlib-testdata/cmp_ca12.der", "cryptlib-testdata/cmp_ca14.der", "cryptlib-testdata/cmp_ca15.der",
    "siemens-cmp-test-suite/cmp_prot_kari_x25519.pem",
  };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (SignetCertificate) certificate = corpus_load_certificate (files[i]);
      g_autoptr (SignetCmpMessage) message = wrap (SIGNET_CMP_BODY_CANN, signet_certificate_get_der (certificate));
      g_autofree char *said = g_strdup_printf ("(cann). It is for “%s”.", signet_certificate_get_subject (certificate));
      g_autofree char *field = g_strdup_printf ("certificate: %s", signet_certificate_get_subject (certificate));
      g_autofree char *text = signet_cmp_message_print (message);

      assert_says (text, (const char *const[]) { said, field, "issuer: ", "serialNumber: ", "notBefore: ", "publicKey: ", "SHA-256: " }, 7);
    }
}

static void
test_lists (void)
{
  g_autoptr (EVP_PKEY) key = made_key ();
  MadeCrl what = { .issuer = "CN=Some CA", .issuer_key = key, .number = 4711 };
  g_autoptr (GBytes) crl = made_crl (&what);
  g_autoptr (GBytes) content = made_sequence (crl, NULL);
  g_autoptr (SignetCmpMessage) message = wrap (SIGNET_CMP_BODY_CRLANN, content);
  g_autofree char *text = signet_cmp_message_print (message);

  assert_says (text, (const char *const[]) { "(crlann)", "CertificateList", "issuer: CN=Some CA", "thisUpdate: 2027-01-15 07:00:00 UTC",
                                             "nextUpdate: 2027-01-16 08:00:00 UTC", "cRLNumber: 4711", "revokedCertificates: 1" }, 7);
}

/* Messages inside messages, as many and as deep as are taken; one more is refused. */
static SignetCmpMessage *
nest (GBytes  *der,
      guint    count,
      GError **error)
{
  g_autoptr (GByteArray) list = g_byte_array_new ();
  g_autoptr (GByteArray) outer = g_byte_array_new ();
  g_autoptr (GBytes) content = NULL;
  g_autoptr (SignetCmpMessageBuilder) builder = NULL;

  for (guint i = 0; i < count; i++)
    g_byte_array_append (list, g_bytes_get_data (der, NULL), (guint) g_bytes_get_size (der));
  signet_der_append (outer, 0x30, list->data, list->len);
  content = g_bytes_new (outer->data, outer->len);
  builder = signet_cmp_message_builder_new (2, SIGNET_CMP_BODY_NESTED, content);
  return signet_cmp_message_builder_finish (builder, NULL, NULL, error);
}

static void
test_nested (void)
{
  g_autoptr (SignetCmpMessage) ir = corpus_load_message ("openssl-testdata/IR_unprotected.der");
  g_autoptr (SignetCmpMessage) two = NULL;
  g_autoptr (SignetCmpMessage) outer = NULL;
  g_autoptr (SignetCmpMessage) bad = NULL;
  g_autoptr (GBytes) junk = g_bytes_new_static ("\x30\x00", 2);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  GPtrArray *inner;

  two = nest (signet_cmp_message_get_der (ir), 2, &error);
  g_assert_no_error (error);
  outer = nest (signet_cmp_message_get_der (two), 1, &error);
  g_assert_no_error (error);
  inner = signet_cmp_message_get_nested (outer);
  g_assert_cmpuint (inner->len, ==, 1);
  inner = signet_cmp_message_get_nested (g_ptr_array_index (inner, 0));
  g_assert_cmpuint (inner->len, ==, 2);
  g_assert_true (g_bytes_equal (signet_cmp_message_get_der (g_ptr_array_index (inner, 1)), signet_cmp_message_get_der (ir)));
  text = signet_cmp_message_print (outer);
  assert_says (text, (const char *const[]) { "(nested). There is 1 message in it: nested.", "body: nested", "PKIMessage: nested",
                                             "body: nested", "PKIMessage: ir", "certTemplate", "PKIMessage: ir", "certTemplate" }, 8);
  g_assert_cmpuint (signet_cmp_message_get_nested (ir)->len, ==, 0);

  bad = nest (junk, 1, &error);
  g_assert_null (bad);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
  assert_says (error->message, (const char *const[]) { "Number 1 of the messages in it: " }, 1);
}

static void
test_nested_bounds (void)
{
  g_autoptr (SignetCmpMessage) message = corpus_load_message ("siemens-lra-messageflows/CrDelayed/downstream_CONFIRM.PKI");
  g_autoptr (SignetCmpMessage) many = NULL;
  g_autoptr (SignetCmpMessage) spread = NULL;
  g_autoptr (SignetCmpMessage) half = NULL;
  g_autoptr (GError) error = NULL;

  many = nest (signet_cmp_message_get_der (message), 64, &error);
  g_assert_no_error (error);
  g_clear_object (&many);
  many = nest (signet_cmp_message_get_der (message), 65, &error);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT);
  g_clear_error (&error);

  /* two wrappers with 32 each are 66 in all */
  half = nest (signet_cmp_message_get_der (message), 32, &error);
  g_assert_no_error (error);
  spread = nest (signet_cmp_message_get_der (half), 2, &error);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT);
  g_clear_error (&error);

  for (guint depth = 1; depth <= 5; depth++)
    {
      SignetCmpMessage *outer = nest (signet_cmp_message_get_der (message), 1, &error);

      if (depth == 5)
        {
          g_assert_null (outer);
          g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT);
          break;
        }
      g_assert_no_error (error);
      g_object_unref (message);
      message = outer;
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cmp/print-body/every-body", test_bodies);
  g_test_add_func ("/cmp/print-body/every-information-type-and-unknown-ones-raw", test_infos);
  g_test_add_func ("/cmp/print-body/controls-and-reg-info", test_controls);
  g_test_add_func ("/cmp/print-body/parameters-of-protection", test_algorithms);
  g_test_add_func ("/cmp/print-body/certificates-of-old-authorities", test_certificates);
  g_test_add_func ("/cmp/print-body/revocation-lists", test_lists);
  g_test_add_func ("/cmp/print-body/nested-messages", test_nested);
  g_test_add_func ("/cmp/print-body/bounds-nested-messages", test_nested_bounds);

  return g_test_run ();
}
