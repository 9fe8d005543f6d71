// SPDX-License-Identifier: GPL-3.0-or-later

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Set;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.cmp.CMPCertificate;
import org.bouncycastle.asn1.cmp.CMPObjectIdentifiers;
import org.bouncycastle.asn1.cmp.DHBMParameter;
import org.bouncycastle.asn1.cmp.InfoTypeAndValue;
import org.bouncycastle.asn1.cmp.PBMParameter;
import org.bouncycastle.asn1.cmp.PKIBody;
import org.bouncycastle.asn1.cmp.PKIHeader;
import org.bouncycastle.asn1.cmp.PKIHeaderBuilder;
import org.bouncycastle.asn1.cmp.PKIMessage;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PBMAC1Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.ContentVerifier;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;

/** Checks the protection of messages and makes it: PBM, PBMAC1, signatures of every kind, key agreement and encapsulation. */
final class Protection {
  private static final ASN1ObjectIdentifier PBM = CMPObjectIdentifiers.passwordBasedMac;
  private static final ASN1ObjectIdentifier DH = CMPObjectIdentifiers.dhBasedMac;
  private static final ASN1ObjectIdentifier PBMAC1 = PKCSObjectIdentifiers.id_PBMAC1;
  private static final int SALT = 16;
  private static final int NONCE = 16;
  private static final int ITERATIONS = 20_000;

  private final Authority authority;
  private final String reference;
  private final char[] secret;

  Protection(Authority authority, String reference, char[] secret) {
    this.authority = authority;
    this.reference = reference;
    this.secret = secret;
  }

  char[] secret() {
    return secret.clone();
  }

  private byte[] mac(AlgorithmIdentifier algorithm, byte[] key, byte[] data) throws Exception {
    Mac mac = Mac.getInstance(algorithm.getAlgorithm().getId(), authority.provider);
    mac.init(new SecretKeySpec(key, "MAC"));
    return mac.doFinal(data);
  }

  private byte[] macOf(AlgorithmIdentifier algorithm, byte[] data) throws Exception {
    if (algorithm.getAlgorithm().equals(PBM)) {
      PBMParameter p = PBMParameter.getInstance(algorithm.getParameters());
      MessageDigest owf = MessageDigest.getInstance(p.getOwf().getAlgorithm().getId(), authority.provider);
      owf.update(new String(secret).getBytes(StandardCharsets.UTF_8));
      byte[] key = owf.digest(p.getSalt().getOctets());
      for (int i = 1; i < p.getIterationCount().intValueExact(); i++) {
        key = owf.digest(key);
      }
      return mac(p.getMac(), key, data);
    }
    PBMAC1Params p = PBMAC1Params.getInstance(algorithm.getParameters());
    PBKDF2Params kdf = PBKDF2Params.getInstance(p.getKeyDerivationFunc().getParameters());
    String prf = kdf.getPrf().getAlgorithm().equals(PKCSObjectIdentifiers.id_hmacWithSHA512) ? "SHA512" : "SHA256";
    if (prf.equals("SHA256") && !kdf.getPrf().getAlgorithm().equals(PKCSObjectIdentifiers.id_hmacWithSHA256)) {
      throw new GeneralSecurityException("PRF " + kdf.getPrf().getAlgorithm());
    }
    byte[] key = SecretKeyFactory.getInstance("PBKDF2WithHmac" + prf).generateSecret(new PBEKeySpec(secret, kdf.getSalt(),
        kdf.getIterationCount().intValueExact(), kdf.getKeyLength().intValueExact() * 8)).getEncoded();
    return mac(p.getMessageAuthScheme(), key, data);
  }

  private static byte[] protectedPart(PKIHeader header, ASN1Encodable body) throws IOException {
    return new DERSequence(new ASN1Encodable[] {header, body}).getEncoded(ASN1Encoding.DER);
  }

  private static boolean isMac(AlgorithmIdentifier algorithm) {
    return algorithm.getAlgorithm().equals(PBM) || algorithm.getAlgorithm().equals(PBMAC1);
  }

  /** The certificate at the head of extraCerts, where it is one of this authority's. */
  X509CertificateHolder certificateOf(PKIMessage message) throws Exception {
    CMPCertificate[] extra = message.getExtraCerts();
    if (extra == null || extra.length == 0) {
      return null;
    }
    X509CertificateHolder holder = new X509CertificateHolder(extra[0].getX509v3PKCert());
    boolean ours = holder.isSignatureValid(verifiers().build(authority.ca.certificate));
    return ours ? holder : null;
  }

  private JcaContentVerifierProviderBuilder verifiers() {
    return new JcaContentVerifierProviderBuilder().setProvider(authority.provider);
  }

  /** Null where the protection holds, else what is wrong. */
  String check(PKIMessage message, Transaction transaction) throws Exception {
    PKIHeader header = message.getHeader();
    AlgorithmIdentifier algorithm = header.getProtectionAlg();
    if (algorithm == null || message.getProtection() == null) {
      return "the message is not protected";
    }
    byte[] data = protectedPart(header, message.getBody());
    byte[] protection = message.getProtection().getBytes();
    if (algorithm.getAlgorithm().equals(Kem.MAC)) {
      if (transaction.sharedByThem == null) {
        return "no key was encapsulated for this transaction";
      }
      byte[] key = Kem.key(algorithm, transaction.sharedByThem, transaction.id);
      return MessageDigest.isEqual(mac(Kem.macOf(algorithm), key, data), protection) ? null : "the MAC is wrong";
    }
    if (algorithm.getAlgorithm().equals(DH)) {
      transaction.signer = certificateOf(message) == null ? transaction.signer : certificateOf(message);
      transaction.agreed = algorithm;
      return MessageDigest.isEqual(agreedMac(algorithm, transaction, data), protection) ? null : "the MAC is wrong";
    }
    if (isMac(algorithm)) {
      byte[] kid = header.getSenderKID() == null ? new byte[0] : header.getSenderKID().getOctets();
      if (!Arrays.equals(kid, reference.getBytes(StandardCharsets.UTF_8))) {
        return "no such reference";
      }
      transaction.mac = algorithm;
      return MessageDigest.isEqual(macOf(algorithm, data), protection) ? null : "the MAC is wrong";
    }
    X509CertificateHolder brought = certificateOf(message);
    if (brought != null) {
      transaction.signer = brought;
    }
    if (transaction.signer == null) {
      return "no certificate of the signer, or it is not of this authority";
    }
    ContentVerifier verifier = verifiers().build(transaction.signer).get(algorithm);
    verifier.getOutputStream().write(data);
    verifier.getOutputStream().close();
    return verifier.verify(protection) ? null : "the signature is wrong";
  }

  /** DHBasedMac (RFC 9810 §5.1.3.2): the key is what the one-way function makes of the secret agreed on. */
  private byte[] agreedMac(AlgorithmIdentifier algorithm, Transaction transaction, byte[] data) throws Exception {
    DHBMParameter p = DHBMParameter.getInstance(algorithm.getParameters());
    KeyAgreement agreement = KeyAgreement.getInstance("ECDH", authority.provider);
    agreement.init(authority.agreement().key.getPrivate());
    agreement.doPhase(new JcaPEMKeyConverter().setProvider(authority.provider)
        .getPublicKey(transaction.signer.getSubjectPublicKeyInfo()), true);
    byte[] key = MessageDigest.getInstance(p.getOwf().getAlgorithm().getId(), authority.provider)
        .digest(agreement.generateSecret());
    return mac(p.getMac(), key, data);
  }

  private AlgorithmIdentifier freshMac(AlgorithmIdentifier of) {
    byte[] salt = new byte[SALT];
    Authority.RANDOM.nextBytes(salt);
    if (of.getAlgorithm().equals(PBM)) {
      PBMParameter p = PBMParameter.getInstance(of.getParameters());
      return new AlgorithmIdentifier(PBM,
          new PBMParameter(salt, p.getOwf(), p.getIterationCount().intValueExact(), p.getMac()));
    }
    PBMAC1Params p = PBMAC1Params.getInstance(of.getParameters());
    AlgorithmIdentifier prf = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE);
    return new AlgorithmIdentifier(PBMAC1, new PBMAC1Params(
        new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBKDF2, new PBKDF2Params(salt, ITERATIONS, 32, prf)),
        p.getMessageAuthScheme()));
  }

  /** A header that answers this one, as yet without protection. */
  private PKIHeaderBuilder header(PKIHeader asked, GeneralName sender, int version, Set<String> words) {
    PKIHeaderBuilder header = new PKIHeaderBuilder(Mistakes.version(version, words), Mistakes.sender(sender, words),
        asked.getSender());
    byte[] nonce = new byte[NONCE];
    Authority.RANDOM.nextBytes(nonce);
    header.setMessageTime(new ASN1GeneralizedTime(new Date()));
    header.setTransactionID(asked.getTransactionID().getOctets());
    header.setSenderNonce(nonce);
    if (asked.getSenderNonce() != null) {
      header.setRecipNonce(asked.getSenderNonce().getOctets());
    }
    Mistakes.header(header, words);
    return header;
  }

  private static CMPCertificate cmp(X509CertificateHolder holder) {
    return new CMPCertificate(holder.toASN1Structure());
  }

  /** An answer without protection, with the certificate of the authority's key for encapsulation where that is named. */
  byte[] unprotected(PKIMessage request, PKIBody body, Authority.Holder kem) throws Exception {
    GeneralName sender = new GeneralName(kem == null ? authority.name : kem.certificate.getSubject());
    PKIHeader header = header(request.getHeader(), sender, 2, Set.of()).build();
    CMPCertificate[] extra = kem == null ? null
        : new CMPCertificate[] {cmp(kem.certificate), cmp(authority.ca.certificate)};
    return new PKIMessage(header, body, null, extra).getEncoded(ASN1Encoding.DER);
  }

  private static void addInfo(PKIHeaderBuilder header, List<InfoTypeAndValue> infos) {
    if (!infos.isEmpty()) {
      header.setGeneralInfo(infos.toArray(new InfoTypeAndValue[0]));
    }
  }

  byte[] protect(PKIMessage request, Transaction transaction, PKIBody body, boolean implicit, boolean chain)
      throws Exception {
    List<InfoTypeAndValue> infos = new ArrayList<>();
    if (implicit) {
      infos.add(new InfoTypeAndValue(CMPObjectIdentifiers.it_implicitConfirm, DERNull.INSTANCE));
    }
    if (transaction.agreed != null) {
      return protectByAgreement(request, transaction, body, infos);
    }
    if (transaction.sharedByUs != null) {
      return protectByKem(request, transaction, body, infos);
    }
    AlgorithmIdentifier mac = transaction.words.contains("mac") ? plainMac() : transaction.mac;
    if (mac != null && !transaction.words.contains("sign")) {
      return protectByMac(request, transaction, mac, body, infos, chain);
    }
    return protectBySignature(request, transaction, body, infos);
  }

  private byte[] protectByKem(PKIMessage request, Transaction transaction, PKIBody body, List<InfoTypeAndValue> infos)
      throws Exception {
    Authority.Holder holder = authority.kem(Responder.kemKind(transaction.words));
    PKIHeaderBuilder header
        = header(request.getHeader(), new GeneralName(holder.certificate.getSubject()), transaction.version, transaction.words);
    AlgorithmIdentifier algorithm = Kem.algorithm();
    addInfo(header, infos);
    header.setProtectionAlg(algorithm);
    header.setSenderKID(keyId(holder.certificate));
    PKIHeader built = header.build();
    byte[] key = Kem.key(algorithm, transaction.sharedByUs, transaction.id);
    return new PKIMessage(built, body, new DERBitString(mac(Kem.macOf(algorithm), key, protectedPart(built, body))),
        new CMPCertificate[] {cmp(holder.certificate), cmp(authority.ca.certificate)}).getEncoded(ASN1Encoding.DER);
  }

  private byte[] protectByAgreement(PKIMessage request, Transaction transaction, PKIBody body,
      List<InfoTypeAndValue> infos) throws Exception {
    X509CertificateHolder own = authority.agreement().certificate;
    PKIHeaderBuilder header
        = header(request.getHeader(), new GeneralName(own.getSubject()), transaction.version, transaction.words);
    addInfo(header, infos);
    header.setProtectionAlg(transaction.agreed);
    header.setSenderKID(keyId(own));
    PKIHeader built = header.build();
    byte[] value = agreedMac(transaction.agreed, transaction, protectedPart(built, body));
    return new PKIMessage(built, body, new DERBitString(value),
        new CMPCertificate[] {cmp(own), cmp(authority.ca.certificate)}).getEncoded(ASN1Encoding.DER);
  }

  private byte[] protectByMac(PKIMessage request, Transaction transaction, AlgorithmIdentifier mac, PKIBody body,
      List<InfoTypeAndValue> infos, boolean chain) throws Exception {
    PKIHeaderBuilder header
        = header(request.getHeader(), new GeneralName(new X500Name("CN=" + reference)), transaction.version, transaction.words);
    AlgorithmIdentifier algorithm = Mistakes.mac(freshMac(mac), transaction.words);
    addInfo(header, infos);
    header.setProtectionAlg(algorithm);
    header.setSenderKID(Mistakes.keyId(reference.getBytes(StandardCharsets.UTF_8), transaction.words));
    PKIHeader built = header.build();
    boolean other = transaction.words.contains("other-secret");
    Protection by = other ? new Protection(authority, reference, "not it".toCharArray()) : this;
    byte[] value = by.macOf(algorithm, protectedPart(built, body));
    return new PKIMessage(built, body, new DERBitString(value),
        chain ? new CMPCertificate[] {cmp(authority.ca.certificate)} : null).getEncoded(ASN1Encoding.DER);
  }

  private byte[] protectBySignature(PKIMessage request, Transaction transaction, PKIBody body,
      List<InfoTypeAndValue> infos) throws Exception {
    String kind = transaction.words.stream().filter(word -> word.startsWith("signer-")).findFirst().orElse("signer-ec");
    Authority.Holder holder = authority.mistaken(transaction.words, kind.substring("signer-".length()));
    PKIHeaderBuilder header
        = header(request.getHeader(), new GeneralName(holder.certificate.getSubject()), transaction.version, transaction.words);
    ContentSigner signer = authority.contentSigner(holder);
    addInfo(header, infos);
    header.setProtectionAlg(signer.getAlgorithmIdentifier());
    header.setSenderKID(keyId(holder.certificate));
    PKIHeader built = header.build();
    signer.getOutputStream().write(protectedPart(built, body));
    signer.getOutputStream().close();
    return new PKIMessage(built, body, new DERBitString(signer.getSignature()),
        new CMPCertificate[] {cmp(holder.certificate), cmp(authority.ca.certificate)}).getEncoded(ASN1Encoding.DER);
  }

  /** Something that answers nothing, signed. */
  byte[] announce(ASN1Encodable body, int version) throws Exception {
    Authority.Holder holder = authority.signer("ec");
    GeneralName nobody = new GeneralName(X500Name.getInstance(new DERSequence()));
    PKIHeaderBuilder header = new PKIHeaderBuilder(version, new GeneralName(holder.certificate.getSubject()), nobody);
    ContentSigner signer = authority.contentSigner(holder);
    header.setMessageTime(new ASN1GeneralizedTime(new Date()));
    header.setProtectionAlg(signer.getAlgorithmIdentifier());
    header.setSenderKID(keyId(holder.certificate));
    PKIHeader built = header.build();
    signer.getOutputStream().write(protectedPart(built, body));
    signer.getOutputStream().close();
    return Mistakes.encode(built, body, signer.getSignature(),
        new DERSequence(new ASN1Encodable[] {cmp(holder.certificate), cmp(authority.ca.certificate)}));
  }

  /** The same under the secret that is shared. */
  byte[] announceByMac(ASN1Encodable body, int version) throws Exception {
    GeneralName nobody = new GeneralName(X500Name.getInstance(new DERSequence()));
    PKIHeaderBuilder header = new PKIHeaderBuilder(version, new GeneralName(new X500Name("CN=" + reference)), nobody);
    AlgorithmIdentifier algorithm = plainMac();
    header.setMessageTime(new ASN1GeneralizedTime(new Date()));
    header.setProtectionAlg(algorithm);
    header.setSenderKID(reference.getBytes(StandardCharsets.UTF_8));
    PKIHeader built = header.build();
    return Mistakes.encode(built, body, macOf(algorithm, protectedPart(built, body)),
        new DERSequence(cmp(authority.ca.certificate)));
  }

  /** For who did not ask by one. */
  private static AlgorithmIdentifier plainMac() {
    byte[] salt = new byte[SALT];
    Authority.RANDOM.nextBytes(salt);
    return new AlgorithmIdentifier(PBM, new PBMParameter(salt,
        new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256), ITERATIONS,
        new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256)));
  }

  private static byte[] keyId(X509CertificateHolder certificate) {
    return ASN1OctetString.getInstance(certificate.getExtension(Extension.subjectKeyIdentifier).getParsedValue())
        .getOctets();
  }
}
