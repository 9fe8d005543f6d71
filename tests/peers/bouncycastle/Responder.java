// SPDX-License-Identifier: GPL-3.0-or-later

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.cmp.CMPCertificate;
import org.bouncycastle.asn1.cmp.CMPObjectIdentifiers;
import org.bouncycastle.asn1.cmp.CertConfirmContent;
import org.bouncycastle.asn1.cmp.CertOrEncCert;
import org.bouncycastle.asn1.cmp.CertRepMessage;
import org.bouncycastle.asn1.cmp.CertResponse;
import org.bouncycastle.asn1.cmp.CertStatus;
import org.bouncycastle.asn1.cmp.CertifiedKeyPair;
import org.bouncycastle.asn1.cmp.ErrorMsgContent;
import org.bouncycastle.asn1.cmp.InfoTypeAndValue;
import org.bouncycastle.asn1.cmp.PBMParameter;
import org.bouncycastle.asn1.cmp.PKIBody;
import org.bouncycastle.asn1.cmp.PKIConfirmContent;
import org.bouncycastle.asn1.cmp.PKIFailureInfo;
import org.bouncycastle.asn1.cmp.PKIFreeText;
import org.bouncycastle.asn1.cmp.PKIHeader;
import org.bouncycastle.asn1.cmp.PKIHeaderBuilder;
import org.bouncycastle.asn1.cmp.PKIMessage;
import org.bouncycastle.asn1.cmp.PKIStatus;
import org.bouncycastle.asn1.cmp.PKIStatusInfo;
import org.bouncycastle.asn1.cmp.PollRepContent;
import org.bouncycastle.asn1.cmp.PollReqContent;
import org.bouncycastle.asn1.crmf.CertReqMessages;
import org.bouncycastle.asn1.crmf.CertTemplate;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PBMAC1Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.crmf.CertificateRequestMessage;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.ContentVerifier;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;

/**
 * A small CMP authority on Bouncy Castle's classes, for tests on loopback only.
 *
 * The last segment of the path names what it shall do, words joined by '+': implicit, poll-ip, poll-error, modify, reject.
 * GET on any path answers "issued N confirmed M rejected K".
 *
 * Arguments: folder (ca.pem is written there), reference, file that holds the secret.
 */
public final class Responder {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final ASN1ObjectIdentifier PBM = CMPObjectIdentifiers.passwordBasedMac;
  private static final ASN1ObjectIdentifier PBMAC1 = PKCSObjectIdentifiers.id_PBMAC1;
  private static final int POLLS = 2;
  private static final int CHECK_AFTER = 1;

  /** What is known of one transaction. */
  private static final class Transaction {
    int requestType;
    PKIHeader firstHeader;
    CertTemplate template;
    X509CertificateHolder signer;
    AlgorithmIdentifier mac;
    X509CertificateHolder issued;
    int pollsLeft;
    boolean announcedByError;
  }

  private final BouncyCastleProvider provider = new BouncyCastleProvider();
  private final String reference;
  private final char[] secret;
  private final KeyPair caKey;
  private final KeyPair signerKey;
  private final X500Name caName = new X500Name("CN=Bouncy Castle Test CA,O=Signet Tests");
  private final X509CertificateHolder caCertificate;
  private final X509CertificateHolder signerCertificate;
  private final Map<ASN1OctetString, Transaction> transactions = new HashMap<>();
  private int issued;
  private int confirmed;
  private int rejected;

  private Responder(String reference, char[] secret) throws Exception {
    this.reference = reference;
    this.secret = secret;
    caKey = newKey();
    signerKey = newKey();
    JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
    X509v3CertificateBuilder ca = builder(caName, SubjectPublicKeyInfo.getInstance(caKey.getPublic().getEncoded()), 3650);
    ca.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    ca.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    ca.addExtension(Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(caKey.getPublic()));
    caCertificate = ca.build(signer(caKey));
    X509v3CertificateBuilder ra = builder(new X500Name("CN=Bouncy Castle Test RA,O=Signet Tests"),
        SubjectPublicKeyInfo.getInstance(signerKey.getPublic().getEncoded()), 365);
    ra.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    ra.addExtension(Extension.extendedKeyUsage, false,
        new ExtendedKeyUsage(KeyPurposeId.getInstance(new ASN1ObjectIdentifier("1.3.6.1.5.5.7.3.28"))));
    ra.addExtension(Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(signerKey.getPublic()));
    ra.addExtension(Extension.authorityKeyIdentifier, false, utils.createAuthorityKeyIdentifier(caKey.getPublic()));
    signerCertificate = ra.build(signer(caKey));
  }

  private static KeyPair newKey() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private ContentSigner signer(KeyPair key) throws Exception {
    return new JcaContentSignerBuilder("SHA256withECDSA").setProvider(provider).build(key.getPrivate());
  }

  private X509v3CertificateBuilder builder(X500Name subject, SubjectPublicKeyInfo key, int days) {
    long now = System.currentTimeMillis();
    return new X509v3CertificateBuilder(caName, new BigInteger(127, RANDOM), new Date(now - 60_000L),
        new Date(now + days * 86_400_000L), subject, key);
  }

  private X509CertificateHolder issue(CertTemplate template, boolean modify) throws Exception {
    X500Name subject = modify ? new X500Name("CN=Changed by the authority,O=Signet Tests") : template.getSubject();
    X509v3CertificateBuilder certificate = builder(subject, template.getPublicKey(), 90);
    JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
    certificate.addExtension(Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(template.getPublicKey()));
    certificate.addExtension(Extension.authorityKeyIdentifier, false, utils.createAuthorityKeyIdentifier(caKey.getPublic()));
    certificate.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
    Extensions wanted = template.getExtensions();
    if (wanted != null) {
      for (ASN1ObjectIdentifier oid : wanted.getExtensionOIDs()) {
        if (!certificate.hasExtension(oid)) {
          certificate.addExtension(wanted.getExtension(oid));
        }
      }
    }
    issued++;
    return certificate.build(signer(caKey));
  }

  // ---- protection ----

  private byte[] macOf(AlgorithmIdentifier algorithm, byte[] data) throws Exception {
    if (algorithm.getAlgorithm().equals(PBM)) {
      PBMParameter p = PBMParameter.getInstance(algorithm.getParameters());
      MessageDigest owf = MessageDigest.getInstance(p.getOwf().getAlgorithm().getId(), provider);
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

  private byte[] mac(AlgorithmIdentifier algorithm, byte[] key, byte[] data) throws Exception {
    Mac mac = Mac.getInstance(algorithm.getAlgorithm().getId(), provider);
    mac.init(new SecretKeySpec(key, "MAC"));
    return mac.doFinal(data);
  }

  private static byte[] protectedPart(PKIHeader header, PKIBody body) throws IOException {
    return new DERSequence(new ASN1Encodable[] {header, body}).getEncoded(ASN1Encoding.DER);
  }

  private static boolean isMac(AlgorithmIdentifier algorithm) {
    return algorithm.getAlgorithm().equals(PBM) || algorithm.getAlgorithm().equals(PBMAC1);
  }

  /** Null where the protection holds, else what is wrong. */
  private String check(PKIMessage message, Transaction transaction) throws Exception {
    PKIHeader header = message.getHeader();
    AlgorithmIdentifier algorithm = header.getProtectionAlg();
    if (algorithm == null || message.getProtection() == null) {
      return "the message is not protected";
    }
    byte[] data = protectedPart(header, message.getBody());
    if (isMac(algorithm)) {
      byte[] kid = header.getSenderKID() == null ? new byte[0] : header.getSenderKID().getOctets();
      if (!Arrays.equals(kid, reference.getBytes(StandardCharsets.UTF_8))) {
        return "no such reference";
      }
      transaction.mac = algorithm;
      return MessageDigest.isEqual(macOf(algorithm, data), message.getProtection().getBytes()) ? null : "the MAC is wrong";
    }
    CMPCertificate[] extra = message.getExtraCerts();
    if (extra != null && extra.length > 0) {
      transaction.signer = new X509CertificateHolder(extra[0].getX509v3PKCert());
    }
    if (transaction.signer == null) {
      return "no certificate of the signer";
    }
    JcaContentVerifierProviderBuilder verifiers = new JcaContentVerifierProviderBuilder().setProvider(provider);
    if (!transaction.signer.isSignatureValid(verifiers.build(caCertificate))) {
      return "the signer is not of this authority";
    }
    ContentVerifier verifier = verifiers.build(transaction.signer).get(algorithm);
    verifier.getOutputStream().write(data);
    return verifier.verify(message.getProtection().getBytes()) ? null : "the signature is wrong";
  }

  private AlgorithmIdentifier freshMac(AlgorithmIdentifier of) {
    byte[] salt = new byte[16];
    RANDOM.nextBytes(salt);
    if (of.getAlgorithm().equals(PBM)) {
      PBMParameter p = PBMParameter.getInstance(of.getParameters());
      return new AlgorithmIdentifier(PBM,
          new PBMParameter(salt, p.getOwf(), p.getIterationCount().intValueExact(), p.getMac()));
    }
    PBMAC1Params p = PBMAC1Params.getInstance(of.getParameters());
    AlgorithmIdentifier prf = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE);
    return new AlgorithmIdentifier(PBMAC1, new PBMAC1Params(
        new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBKDF2, new PBKDF2Params(salt, 20_000, 32, prf)),
        p.getMessageAuthScheme()));
  }

  private byte[] protect(PKIMessage request, Transaction transaction, PKIBody body, boolean implicit, boolean chain)
      throws Exception {
    PKIHeader asked = request.getHeader();
    boolean mac = transaction.mac != null;
    GeneralName sender = new GeneralName(mac ? new X500Name("CN=" + reference) : signerCertificate.getSubject());
    PKIHeaderBuilder header = new PKIHeaderBuilder(2, sender, asked.getSender());
    header.setMessageTime(new ASN1GeneralizedTime(new Date()));
    header.setTransactionID(asked.getTransactionID().getOctets());
    byte[] nonce = new byte[16];
    RANDOM.nextBytes(nonce);
    header.setSenderNonce(nonce);
    header.setRecipNonce(asked.getSenderNonce().getOctets());
    if (implicit) {
      header.setGeneralInfo(new InfoTypeAndValue(CMPObjectIdentifiers.it_implicitConfirm, DERNull.INSTANCE));
    }
    if (mac) {
      AlgorithmIdentifier algorithm = freshMac(transaction.mac);
      header.setProtectionAlg(algorithm);
      header.setSenderKID(reference.getBytes(StandardCharsets.UTF_8));
      PKIHeader built = header.build();
      byte[] value = macOf(algorithm, protectedPart(built, body));
      return new PKIMessage(built, body, new DERBitString(value), chain ? extraCerts(false) : null)
          .getEncoded(ASN1Encoding.DER);
    }
    ContentSigner signer = signer(signerKey);
    header.setProtectionAlg(signer.getAlgorithmIdentifier());
    header.setSenderKID(ASN1OctetString.getInstance(
        signerCertificate.getExtension(Extension.subjectKeyIdentifier).getParsedValue()).getOctets());
    PKIHeader built = header.build();
    signer.getOutputStream().write(protectedPart(built, body));
    return new PKIMessage(built, body, new DERBitString(signer.getSignature()), extraCerts(true))
        .getEncoded(ASN1Encoding.DER);
  }

  private CMPCertificate[] extraCerts(boolean withSigner) {
    CMPCertificate ca = new CMPCertificate(caCertificate.toASN1Structure());
    return withSigner ? new CMPCertificate[] {new CMPCertificate(signerCertificate.toASN1Structure()), ca}
        : new CMPCertificate[] {ca};
  }

  // ---- bodies ----

  private static PKIBody error(String text, int failInfo) {
    return new PKIBody(PKIBody.TYPE_ERROR, new ErrorMsgContent(
        new PKIStatusInfo(PKIStatus.rejection, new PKIFreeText(text), new PKIFailureInfo(failInfo))));
  }

  private PKIBody answer(Transaction transaction, CertResponse response) {
    int type = transaction.requestType == PKIBody.TYPE_INIT_REQ ? PKIBody.TYPE_INIT_REP : PKIBody.TYPE_CERT_REP;
    return new PKIBody(type, new CertRepMessage(null, new CertResponse[] {response}));
  }

  private PKIBody certificate(Transaction transaction, Set<String> words) throws Exception {
    boolean modify = words.contains("modify");
    transaction.issued = issue(transaction.template, modify);
    PKIStatusInfo status = new PKIStatusInfo(modify ? PKIStatus.grantedWithMods : PKIStatus.granted);
    CertifiedKeyPair pair = new CertifiedKeyPair(new CertOrEncCert(new CMPCertificate(transaction.issued.toASN1Structure())));
    return answer(transaction, new CertResponse(new ASN1Integer(0), status, pair, null));
  }

  private PKIBody request(PKIMessage message, Transaction transaction, Set<String> words) throws Exception {
    CertReqMessages requests = CertReqMessages.getInstance(message.getBody().getContent());
    CertificateRequestMessage request = new CertificateRequestMessage(requests.toCertReqMsgArray()[0]);
    transaction.requestType = message.getBody().getType();
    transaction.template = request.getCertTemplate();
    if (words.contains("reject")) {
      return answer(transaction, new CertResponse(new ASN1Integer(0), new PKIStatusInfo(PKIStatus.rejection,
          new PKIFreeText("Not on the list."), new PKIFailureInfo(PKIFailureInfo.notAuthorized))));
    }
    if (!request.hasProofOfPossession() || !request.isValidSigningKeyPOP(new JcaContentVerifierProviderBuilder()
        .setProvider(provider).build(transaction.template.getPublicKey()))) {
      return error("The proof of possession does not verify.", PKIFailureInfo.badPOP);
    }
    if (words.contains("poll-ip")) {
      transaction.pollsLeft = POLLS;
      return answer(transaction, new CertResponse(new ASN1Integer(0), new PKIStatusInfo(PKIStatus.waiting)));
    }
    if (words.contains("poll-error")) {
      transaction.pollsLeft = POLLS;
      transaction.announcedByError = true;
      return new PKIBody(PKIBody.TYPE_ERROR, new ErrorMsgContent(new PKIStatusInfo(PKIStatus.waiting)));
    }
    return certificate(transaction, words);
  }

  private PKIBody poll(PKIMessage message, Transaction transaction, Set<String> words) throws Exception {
    BigInteger id = PollReqContent.getInstance(message.getBody().getContent()).getCertReqIdValues()[0];
    BigInteger expected = BigInteger.valueOf(transaction.announcedByError ? -1 : 0);
    if (!id.equals(expected)) {
      return error("certReqId " + id + " was polled for where " + expected + " is waiting.", PKIFailureInfo.badRequest);
    }
    if (transaction.pollsLeft-- > 0) {
      return new PKIBody(PKIBody.TYPE_POLL_REP, new PollRepContent(new ASN1Integer(id), new ASN1Integer(CHECK_AFTER),
          new PKIFreeText("Your request is with the registration desk.")));
    }
    return certificate(transaction, words);
  }

  private PKIBody confirm(PKIMessage message, Transaction transaction) throws Exception {
    CertStatus status = CertConfirmContent.getInstance(message.getBody().getContent()).toCertStatusArray()[0];
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(transaction.issued.getEncoded());
    if (!Arrays.equals(hash, status.getCertHash().getOctets()) || status.getCertReqId().intValueExact() != 0) {
      return error("The confirmation is for another certificate.", PKIFailureInfo.badCertId);
    }
    if (status.getStatusInfo() != null && status.getStatusInfo().getStatus().intValue() == PKIStatus.REJECTION) {
      rejected++;
    } else {
      confirmed++;
    }
    return new PKIBody(PKIBody.TYPE_CONFIRM, new PKIConfirmContent());
  }

  private synchronized byte[] handle(byte[] octets, Set<String> words) throws Exception {
    PKIMessage message = PKIMessage.getInstance(octets);
    ASN1OctetString id = message.getHeader().getTransactionID();
    int type = message.getBody().getType();
    boolean first = type == PKIBody.TYPE_INIT_REQ || type == PKIBody.TYPE_CERT_REQ;
    Transaction transaction = transactions.computeIfAbsent(id, unused -> new Transaction());
    String wrong = check(message, transaction);
    PKIBody body;
    if (wrong != null) {
      body = error(wrong, PKIFailureInfo.badMessageCheck);
      if (transaction.mac == null && transaction.signer == null) {
        return new PKIMessage(new PKIHeaderBuilder(2, new GeneralName(caName), message.getHeader().getSender())
            .setTransactionID(id.getOctets()).setRecipNonce(message.getHeader().getSenderNonce().getOctets()).build(), body)
            .getEncoded(ASN1Encoding.DER);
      }
    } else if (first) {
      body = request(message, transaction, words);
    } else if (type == PKIBody.TYPE_POLL_REQ) {
      body = poll(message, transaction, words);
    } else if (type == PKIBody.TYPE_CERT_CONFIRM && transaction.issued != null) {
      body = confirm(message, transaction);
    } else {
      body = error("This message was not expected.", PKIFailureInfo.badRequest);
    }
    boolean brings = transaction.issued != null && type != PKIBody.TYPE_CERT_CONFIRM;
    boolean implicit = brings && words.contains("implicit");
    return protect(message, transaction, body, implicit, brings);
  }

  private void serve(HttpExchange exchange) throws IOException {
    byte[] answer;
    int status = 200;
    if (!exchange.getRequestMethod().equals("POST")) {
      answer = ("issued " + issued + " confirmed " + confirmed + " rejected " + rejected).getBytes(StandardCharsets.UTF_8);
    } else {
      String path = exchange.getRequestURI().getPath();
      Set<String> words = Set.of(path.substring(path.lastIndexOf('/') + 1).split("\\+"));
      try {
        answer = handle(exchange.getRequestBody().readAllBytes(), words);
        exchange.getResponseHeaders().set("Content-Type", "application/pkixcmp");
      } catch (Exception e) {
        e.printStackTrace();
        answer = e.toString().getBytes(StandardCharsets.UTF_8);
        status = 500;
      }
    }
    exchange.sendResponseHeaders(status, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  private static String pem(X509CertificateHolder certificate) throws IOException {
    return "-----BEGIN CERTIFICATE-----\n"
        + java.util.Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
        + "\n-----END CERTIFICATE-----\n";
  }

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    String secret = Files.readString(Path.of(arguments[2])).strip();
    Responder responder = new Responder(arguments[1], secret.toCharArray());
    Files.writeString(folder.resolve("ca.pem"), pem(responder.caCertificate));
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", responder::serve);
    server.start();
    System.out.println("http://127.0.0.1:" + server.getAddress().getPort() + "/cmp/");
    System.out.flush();
    // Whoever started this holds the other end of standard input: when it goes, so does the responder.
    while (System.in.read() >= 0) {
      continue;
    }
    server.stop(0);
  }
}
