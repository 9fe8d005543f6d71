// SPDX-License-Identifier: GPL-3.0-or-later

import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.EnvelopedData;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.crmf.EncryptedKey;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.crmf.jcajce.JcaEncryptedValueBuilder;
import org.bouncycastle.cert.crmf.jcajce.JceCRMFEncryptorBuilder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.KeyTransRecipientInfoGenerator;
import org.bouncycastle.cms.PasswordRecipient;
import org.bouncycastle.cms.RecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JcePasswordRecipientInfoGenerator;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.operator.jcajce.JceAsymmetricKeyWrapper;

/** What is sent encrypted: certificates, challenges, private keys (RFC 9810 §5.2.2, RFC 9483 §4.1.6). */
final class Envelopes {
  private static final ASN1ObjectIdentifier KEY_PACKAGE = new ASN1ObjectIdentifier("2.16.840.1.101.2.1.2.78.5");
  private static final X500Name NULL_DN = X500Name.getInstance(new DERSequence());
  private static final int SALT = 16;
  private static final int ITERATIONS = 20_000;

  private final Authority authority;
  private final Protection protection;

  Envelopes(Authority authority, Protection protection) {
    this.authority = authority;
    this.protection = protection;
  }

  PublicKey publicKey(SubjectPublicKeyInfo key) throws Exception {
    return new JcaPEMKeyConverter().setProvider(authority.provider).getPublicKey(key);
  }

  private X509Certificate x509(X509CertificateHolder holder) throws Exception {
    return new JcaX509CertificateConverter().setProvider(authority.provider).getCertificate(holder);
  }

  private JceKeyAgreeRecipientInfoGenerator agreement() throws Exception {
    KeyPair ephemeral = authority.newKey("ec");
    return new JceKeyAgreeRecipientInfoGenerator(CMSAlgorithm.ECDH_SHA256KDF, ephemeral.getPrivate(),
        ephemeral.getPublic(), CMSAlgorithm.AES128_WRAP).setProvider(authority.provider);
  }

  /** For the holder of a key that is not certified yet: the request's number stands for the recipient. */
  private RecipientInfoGenerator recipient(SubjectPublicKeyInfo key, ASN1Integer id) throws Exception {
    PublicKey publicKey = publicKey(key);
    byte[] keyId = ASN1OctetString.getInstance(authority.utils.createSubjectKeyIdentifier(key).toASN1Primitive()).getOctets();
    switch (publicKey.getAlgorithm()) {
      case "RSA":
        return new KeyTransRecipientInfoGenerator(new IssuerAndSerialNumber(NULL_DN, id.getValue()),
            new JceAsymmetricKeyWrapper(publicKey).setProvider(authority.provider)) {
        };
      case "EC":
      case "ECDSA":
      case "ECDH":
        return agreement().addRecipient(keyId, publicKey);
      default:
        return kem(keyId, publicKey);
    }
  }

  private RecipientInfoGenerator recipient(X509CertificateHolder holder) throws Exception {
    X509Certificate certificate = x509(holder);
    switch (certificate.getPublicKey().getAlgorithm()) {
      case "RSA":
        byte[] keyId = ASN1OctetString.getInstance(
            holder.getExtension(Extension.subjectKeyIdentifier).getParsedValue()).getOctets();
        return new JceKeyTransRecipientInfoGenerator(keyId, certificate.getPublicKey()).setProvider(authority.provider);
      case "EC":
      case "ECDSA":
      case "ECDH":
        return agreement().addRecipient(certificate);
      default:
        return kem(ASN1OctetString.getInstance(
            holder.getExtension(Extension.subjectKeyIdentifier).getParsedValue()).getOctets(), certificate.getPublicKey());
    }
  }

  /** Key encapsulation for CMS (RFC 9629) is in newer versions of Bouncy Castle only. */
  private RecipientInfoGenerator kem(byte[] keyId, PublicKey key) throws Exception {
    Class<?> generator = Class.forName("org.bouncycastle.cms.jcajce.JceKEMRecipientInfoGenerator");
    Object made = generator.getConstructor(byte[].class, PublicKey.class, ASN1ObjectIdentifier.class)
        .newInstance(keyId, key, CMSAlgorithm.AES256_WRAP);
    generator.getMethod("setProvider", java.security.Provider.class).invoke(made, authority.provider);
    generator.getMethod("setKDF", org.bouncycastle.asn1.x509.AlgorithmIdentifier.class).invoke(made,
        new org.bouncycastle.asn1.x509.AlgorithmIdentifier(new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.3.28")));
    return (RecipientInfoGenerator) made;
  }

  private RecipientInfoGenerator password() {
    byte[] salt = new byte[SALT];
    Authority.RANDOM.nextBytes(salt);
    return new JcePasswordRecipientInfoGenerator(CMSAlgorithm.AES256_CBC, protection.secret())
        .setProvider(authority.provider).setPRF(PasswordRecipient.PRF.HMacSHA256).setSaltAndIterationCount(salt, ITERATIONS);
  }

  private EnvelopedData envelope(RecipientInfoGenerator recipient, ASN1ObjectIdentifier type, byte[] content)
      throws Exception {
    CMSEnvelopedDataGenerator generator = new CMSEnvelopedDataGenerator();
    generator.addRecipientInfoGenerator(recipient);
    CMSEnvelopedData made = generator.generate(new CMSProcessableByteArray(type, content),
        new JceCMSContentEncryptorBuilder(CMSAlgorithm.AES256_CBC).setProvider(authority.provider).build());
    return EnvelopedData.getInstance(made.toASN1Structure().getContent());
  }

  /** Data for the holder of the key that the request with this number brought. */
  EnvelopedData forKey(SubjectPublicKeyInfo key, ASN1Integer id, byte[] content) throws Exception {
    return envelope(recipient(key, id), CMSObjectIdentifiers.data, content);
  }

  /** The same in the older form, for RSA keys. */
  EncryptedKey oldForm(SubjectPublicKeyInfo key, X509CertificateHolder certificate) throws Exception {
    return new EncryptedKey(new JcaEncryptedValueBuilder(
        new JceAsymmetricKeyWrapper(publicKey(key)).setProvider(authority.provider),
        new JceCRMFEncryptorBuilder(CMSAlgorithm.AES128_CBC).setProvider(authority.provider).build())
            .build(x509(certificate)));
  }

  byte[] encryptForRsa(SubjectPublicKeyInfo key, byte[] content) throws Exception {
    javax.crypto.Cipher cipher = javax.crypto.Cipher.getInstance("RSA/ECB/PKCS1Padding", authority.provider);
    cipher.init(javax.crypto.Cipher.ENCRYPT_MODE, publicKey(key));
    return cipher.doFinal(content);
  }

  /** A key package that the key generation authority signed (RFC 5958, RFC 9483 §4.1.6). */
  private byte[] signedPackage(KeyPair key) throws Exception {
    byte[] content = new DERSequence(PrivateKeyInfo.getInstance(key.getPrivate().getEncoded())).getEncoded(ASN1Encoding.DER);
    CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
    Authority.Holder signer = authority.keyGeneration;
    generator.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(
        new JcaDigestCalculatorProviderBuilder().setProvider(authority.provider).build())
            .build(authority.contentSigner(signer), signer.certificate));
    generator.addCertificates(new JcaCertStore(List.of(signer.certificate, authority.ca.certificate)));
    CMSSignedData signed = generator.generate(new CMSProcessableByteArray(KEY_PACKAGE, content), true);
    return signed.toASN1Structure().getContent().toASN1Primitive().getEncoded(ASN1Encoding.DER);
  }

  /** A private key that was made here, for whoever protects the transaction: by password, certificate or, where it is named,
   * the key for it. */
  EncryptedKey privateKey(Transaction transaction, KeyPair key, SubjectPublicKeyInfo to) throws Exception {
    RecipientInfoGenerator recipient;
    if (to != null) {
      recipient = recipient(to, new ASN1Integer(0));
    } else if (transaction.mac != null) {
      recipient = password();
    } else {
      recipient = recipient(transaction.signer);
    }
    return new EncryptedKey(envelope(recipient, CMSObjectIdentifiers.signedData, signedPackage(key)));
  }
}
