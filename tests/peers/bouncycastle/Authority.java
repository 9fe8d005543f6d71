// SPDX-License-Identifier: GPL-3.0-or-later

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.crmf.OptionalValidity;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Keys and certificates of the authority, what it issued and what it revoked. */
final class Authority {
  static final SecureRandom RANDOM = new SecureRandom();
  private static final String ID_KP = "1.3.6.1.5.5.7.3.";
  private static final int ID_KP_EMAIL_PROTECTION = 4;
  private static final int ID_KP_CMC_RA = 28;
  private static final int ID_KP_CM_KGA = 32;

  /** A key, its certificate and how it signs. */
  static final class Holder {
    final KeyPair key;
    final String algorithm;
    final X509CertificateHolder certificate;

    Holder(KeyPair key, String algorithm, X509CertificateHolder certificate) {
      this.key = key;
      this.algorithm = algorithm;
      this.certificate = certificate;
    }
  }

  final Provider provider = new BouncyCastleProvider();
  final X500Name name = new X500Name("CN=Bouncy Castle Test CA,O=Signet Tests");
  final JcaX509ExtensionUtils utils;
  final Holder ca;
  final Holder keyGeneration;
  private final Map<String, Holder> signers = new HashMap<>();
  private Holder nextCa;
  /** By serial number. */
  final Map<BigInteger, X509CertificateHolder> issued = new LinkedHashMap<>();
  final Map<BigInteger, Integer> revoked = new LinkedHashMap<>();

  Authority() throws Exception {
    utils = new JcaX509ExtensionUtils();
    KeyPair key = newKey("ec");
    ca = new Holder(key, algorithm("ec"), caCertificate(key.getPublic(), name, key, algorithm("ec")));
    keyGeneration = newSigner("ec", "CN=Bouncy Castle Test KGA,O=Signet Tests", ID_KP_CM_KGA);
  }

  /** Of the kinds "ec", "rsa", "ed25519", and an algorithm's own name such as "ML-DSA-65". */
  KeyPair newKey(String kind) throws GeneralSecurityException {
    KeyPairGenerator generator;
    switch (kind) {
      case "ec":
        generator = KeyPairGenerator.getInstance("EC", provider);
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        break;
      case "rsa":
        generator = KeyPairGenerator.getInstance("RSA", provider);
        generator.initialize(2048);
        break;
      default:
        generator = KeyPairGenerator.getInstance(kind, provider);
    }
    return generator.generateKeyPair();
  }

  static String algorithm(String kind) {
    switch (kind) {
      case "ec":
        return "SHA256withECDSA";
      case "rsa":
        return "SHA256withRSA";
      default:
        return kind;
    }
  }

  ContentSigner contentSigner(Holder holder) throws Exception {
    return new JcaContentSignerBuilder(holder.algorithm).setProvider(provider).build(holder.key.getPrivate());
  }

  private static BigInteger newSerial() {
    return new BigInteger(127, RANDOM);
  }

  private X509v3CertificateBuilder builder(X500Name subject, SubjectPublicKeyInfo key, int days) {
    long now = System.currentTimeMillis();
    long from = days < 0 ? now + 2 * days * 86_400_000L : now - 60_000L;
    return new X509v3CertificateBuilder(name, newSerial(), new Date(from), new Date(now + days * 86_400_000L), subject, key);
  }

  private X509CertificateHolder caCertificate(PublicKey key, X500Name subject, KeyPair by, String algorithm)
      throws Exception {
    X509v3CertificateBuilder certificate = builder(subject, SubjectPublicKeyInfo.getInstance(key.getEncoded()), 3650);
    certificate.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    certificate.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    certificate.addExtension(Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(key));
    certificate.addExtension(Extension.authorityKeyIdentifier, false, utils.createAuthorityKeyIdentifier(by.getPublic()));
    return certificate.build(new JcaContentSignerBuilder(algorithm).setProvider(provider).build(by.getPrivate()));
  }

  private Holder newSigner(String kind, String subject, int purpose) throws Exception {
    return newSigner(kind, subject, purpose, 365);
  }

  private Holder newSigner(String kind, String subject, int purpose, int days) throws Exception {
    KeyPair key = newKey(kind);
    X509v3CertificateBuilder certificate
        = builder(new X500Name(subject), SubjectPublicKeyInfo.getInstance(key.getPublic().getEncoded()), days);
    certificate.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    certificate.addExtension(Extension.extendedKeyUsage, false,
        new ExtendedKeyUsage(KeyPurposeId.getInstance(new ASN1ObjectIdentifier(ID_KP + purpose))));
    certificate.addExtension(Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(key.getPublic()));
    certificate.addExtension(Extension.authorityKeyIdentifier, false,
        utils.createAuthorityKeyIdentifier(ca.key.getPublic()));
    return new Holder(key, algorithm(kind), certificate.build(contentSigner(ca)));
  }

  /** Who signs messages with a key of this kind. */
  Holder signer(String kind) throws Exception {
    Holder holder = signers.get(kind);
    if (holder == null) {
      holder = newSigner(kind, "CN=Bouncy Castle Test RA (" + kind + "),O=Signet Tests", ID_KP_CMC_RA);
      signers.put(kind, holder);
    }
    return holder;
  }

  /** Who signs where the words want somebody who must not: of another authority that calls itself the same, for another purpose,
   * too late, or by an algorithm that is too weak. */
  Holder mistaken(Set<String> words, String kind) throws Exception {
    String subject = signer(kind).certificate.getSubject().toString();
    if (words.contains("stranger")) {
      return new Authority().signer(kind);
    }
    if (words.contains("person")) {
      return newSigner(kind, subject, ID_KP_EMAIL_PROTECTION);
    }
    if (words.contains("expired")) {
      return newSigner(kind, subject, ID_KP_CMC_RA, -1);
    }
    if (words.contains("sha1")) {
      return new Holder(signer(kind).key, "SHA1withECDSA", signer(kind).certificate);
    }
    return signer(kind);
  }

  /** The authority's own key for encapsulation: "rsa", "ML-KEM-768". */
  Holder kem(String kind) throws Exception {
    return secretMaker("KEM " + kind, kind, KeyUsage.keyEncipherment);
  }

  /** The authority's own key for key agreement. */
  Holder agreement() throws Exception {
    return secretMaker("DH", "ec", KeyUsage.keyAgreement);
  }

  private Holder secretMaker(String title, String kind, int usage) throws Exception {
    Holder holder = signers.get(title);
    if (holder == null) {
      KeyPair key = newKey(kind);
      X509v3CertificateBuilder certificate = builder(new X500Name("CN=Bouncy Castle Test RA (" + title + "),O=Signet Tests"),
          SubjectPublicKeyInfo.getInstance(key.getPublic().getEncoded()), 365);
      certificate.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
      certificate.addExtension(Extension.extendedKeyUsage, false,
          new ExtendedKeyUsage(KeyPurposeId.getInstance(new ASN1ObjectIdentifier(ID_KP + ID_KP_CMC_RA))));
      certificate.addExtension(Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(key.getPublic()));
      certificate.addExtension(Extension.authorityKeyIdentifier, false,
          utils.createAuthorityKeyIdentifier(ca.key.getPublic()));
      holder = new Holder(key, kind, certificate.build(contentSigner(ca)));
      signers.put(title, holder);
    }
    return holder;
  }

  X509CertificateHolder issue(X500Name subject, SubjectPublicKeyInfo key, Extensions wanted) throws Exception {
    return issue(subject, key, wanted, null);
  }

  /** As it was asked for, the period of validity included where both ends of it were named. */
  X509CertificateHolder issue(X500Name subject, SubjectPublicKeyInfo key, Extensions wanted, OptionalValidity period)
      throws Exception {
    X509v3CertificateBuilder certificate = builder(subject, key, 90);
    if (period != null && period.getNotBefore() != null && period.getNotAfter() != null) {
      certificate = new X509v3CertificateBuilder(name, newSerial(), period.getNotBefore(), period.getNotAfter(), subject, key);
    }
    certificate.addExtension(Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(key));
    certificate.addExtension(Extension.authorityKeyIdentifier, false,
        utils.createAuthorityKeyIdentifier(ca.key.getPublic()));
    certificate.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
    if (wanted != null) {
      for (ASN1ObjectIdentifier oid : wanted.getExtensionOIDs()) {
        if (!certificate.hasExtension(oid)) {
          certificate.addExtension(wanted.getExtension(oid));
        }
      }
    }
    X509CertificateHolder built = certificate.build(contentSigner(ca));
    issued.put(built.getSerialNumber(), built);
    return built;
  }

  X509CRLHolder crl() throws Exception {
    long now = System.currentTimeMillis();
    X509v2CRLBuilder crl = new X509v2CRLBuilder(name, new Date(now - 1000));
    crl.setNextUpdate(new Date(now + 86_400_000L));
    for (Map.Entry<BigInteger, Integer> entry : revoked.entrySet()) {
      crl.addCRLEntry(entry.getKey(), new Date(now - 1000), entry.getValue());
    }
    crl.addExtension(Extension.authorityKeyIdentifier, false, utils.createAuthorityKeyIdentifier(ca.key.getPublic()));
    return crl.build(contentSigner(ca));
  }

  /** newWithNew, newWithOld, oldWithNew of a change of the root's key (RFC 9810 §4.4). */
  X509CertificateHolder[] rootUpdate() throws Exception {
    if (nextCa == null) {
      KeyPair key = newKey("ec");
      nextCa = new Holder(key, algorithm("ec"), caCertificate(key.getPublic(), name, key, algorithm("ec")));
    }
    return new X509CertificateHolder[] {nextCa.certificate,
        caCertificate(nextCa.key.getPublic(), name, ca.key, ca.algorithm),
        caCertificate(ca.key.getPublic(), name, nextCa.key, nextCa.algorithm)};
  }

  static String pem(X509CertificateHolder certificate) throws IOException {
    return "-----BEGIN CERTIFICATE-----\n"
        + java.util.Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
        + "\n-----END CERTIFICATE-----\n";
  }
}
