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
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1UTF8String;
import org.bouncycastle.asn1.cmp.ErrorMsgContent;
import org.bouncycastle.asn1.cmp.GenMsgContent;
import org.bouncycastle.asn1.cmp.InfoTypeAndValue;
import org.bouncycastle.asn1.cmp.PKIBody;
import org.bouncycastle.asn1.cmp.PKIFailureInfo;
import org.bouncycastle.asn1.cmp.PKIFreeText;
import org.bouncycastle.asn1.cmp.PKIMessage;
import org.bouncycastle.asn1.cmp.PKIMessages;
import org.bouncycastle.asn1.cmp.PKIStatus;
import org.bouncycastle.asn1.cmp.PKIStatusInfo;
import org.bouncycastle.asn1.cmp.PollRepContent;
import org.bouncycastle.asn1.cmp.PollReqContent;
import org.bouncycastle.cert.X509CertificateHolder;

/**
 * A small CMP authority on Bouncy Castle's classes, for tests on loopback only.
 *
 * The last segment of the path says what it shall do, words joined by '+':
 *   implicit                  grant implicit confirmation
 *   poll-ip, poll-error       let wait, begun by the status "waiting" of each certificate, or by an error message
 *   modify, reject, ra        change the subject; refuse; take raVerified
 *   reject-last               refuse the last of several certificates
 *   ca-pubs, crl              put the root into caPubs; put a CRL into rp
 *   profile                   refuse what does not name the profile "people"
 *   p10-zero                  number what answers p10cr by 0 and not by -1
 *   sign, signer-KIND         sign also what answers a MAC; sign by a key of this kind
 *   encrypted-value, old-challenge   the forms of CMP version 2 for what is encrypted
 *   challenge-sender, challenge-witness, challenge-key, challenge-letter   challenges that are not to be answered
 *   kem, kem-KIND             protect by key encapsulation; the kind of the authority's key for it
 *   as-cp, other-nonce, ...   answers as they must not be: see Mistakes
 * GET on …/announce-KIND gets an announcement: ckuann, ckuann-new, cann, rann, crlann; announce-mac-KIND one under the secret.
 * GET on any other path answers "issued N confirmed M rejected K revoked L nested I".
 *
 * Arguments: folder (ca.pem is written there, dh.pem and kem.pem with its certificates for key agreement and encapsulation),
 * reference, file that holds the secret, and the kind of key for encapsulation where one is wanted.
 */
public final class Responder {
  private static final int POLLS = 2;
  private static final int CHECK_AFTER = 1;
  private static final ASN1ObjectIdentifier CERT_PROFILE = new ASN1ObjectIdentifier("1.3.6.1.5.5.7.4.21");
  private static final String ANNOUNCE = "announce-";
  private static final String BY_MAC = "mac-";

  static String reference;

  final Authority authority = new Authority();
  private final Protection protection;
  private final Requests requests;
  private final Support support;
  private final Announcements announcements;
  private final Mistakes mistakes;
  private final Map<ASN1OctetString, Transaction> transactions = new HashMap<>();
  private int nested;

  Responder(char[] secret) throws Exception {
    protection = new Protection(authority, reference, secret);
    Envelopes envelopes = new Envelopes(authority, protection);
    requests = new Requests(authority, envelopes);
    support = new Support(authority, envelopes);
    announcements = new Announcements(authority);
    mistakes = new Mistakes(authority, announcements);
  }

  static String kemKind(Set<String> words) {
    return words.stream().filter(word -> word.startsWith("kem-")).map(word -> word.substring("kem-".length()))
        .findFirst().orElse("ML-KEM-768");
  }

  private static PKIBody error(String text, int failInfo) {
    return new PKIBody(PKIBody.TYPE_ERROR, new ErrorMsgContent(
        new PKIStatusInfo(PKIStatus.rejection, new PKIFreeText(text), new PKIFailureInfo(failInfo))));
  }

  /** A question for a ciphertext, for the key whose certificate comes along: RFC 9810 appendix E, first flow. */
  private byte[] encapsulate(PKIMessage message, Transaction transaction) throws Exception {
    X509CertificateHolder certificate = protection.certificateOf(message);
    if (certificate == null) {
      return protection.unprotected(message, error("There is no certificate of this authority.", PKIFailureInfo.badRequest),
          null);
    }
    byte[][] made = Kem.encapsulate(authority.provider,
        new org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter().setProvider(authority.provider)
            .getPublicKey(certificate.getSubjectPublicKeyInfo()));
    transaction.sharedByThem = made[1];
    return protection.unprotected(message,
        Support.ciphertext(Kem.mechanism(certificate.getSubjectPublicKeyInfo()), made[0]), null);
  }

  private static boolean asksForCiphertext(PKIMessage message) {
    if (message.getBody().getType() != PKIBody.TYPE_GEN_MSG || message.getProtection() != null) {
      return false;
    }
    InfoTypeAndValue[] asked = GenMsgContent.getInstance(message.getBody().getContent()).toInfoTypeAndValueArray();
    return asked.length == 1 && asked[0].getInfoType().equals(Kem.CIPHERTEXT_INFO);
  }

  /** Takes the ciphertext that the header brings for the authority's own key: RFC 9810 appendix E, second flow. */
  private void decapsulate(PKIMessage message, Transaction transaction) throws Exception {
    InfoTypeAndValue[] infos = message.getHeader().getGeneralInfo();
    for (int i = 0; infos != null && i < infos.length; i++) {
      if (infos[i].getInfoType().equals(Kem.CIPHERTEXT_INFO)) {
        ASN1Sequence value = ASN1Sequence.getInstance(infos[i].getInfoValue());
        byte[] ciphertext = ASN1OctetString.getInstance(value.getObjectAt(1)).getOctets();
        transaction.sharedByUs = Kem.decapsulate(authority.provider,
            authority.kem(kemKind(transaction.words)).key.getPrivate(), ciphertext);
      }
    }
  }

  private PKIBody poll(PKIMessage message, Transaction transaction) throws Requests.Refusal {
    BigInteger id = PollReqContent.getInstance(message.getBody().getContent()).getCertReqIdValues()[0];
    boolean known = transaction.announcedByError ? id.equals(BigInteger.valueOf(-1))
        : transaction.items.stream().anyMatch(item -> item.id.equals(id));
    if (!known || transaction.delayed == null) {
      throw new Requests.Refusal("certReqId " + id + " was polled for and is not waiting.", PKIFailureInfo.badRequest);
    }
    if (transaction.pollsLeft-- > 0) {
      return new PKIBody(PKIBody.TYPE_POLL_REP, new PollRepContent(new ASN1Integer(id), new ASN1Integer(CHECK_AFTER),
          new PKIFreeText("Your request is with the registration desk.")));
    }
    PKIBody body = transaction.delayed;
    transaction.delayed = null;
    return body;
  }

  /** The only one of certProfile in the header (RFC 9810 §5.1.1.4), or null. */
  private static String profile(PKIMessage message) {
    InfoTypeAndValue[] infos = message.getHeader().getGeneralInfo();
    for (int i = 0; infos != null && i < infos.length; i++) {
      if (infos[i].getInfoType().equals(CERT_PROFILE)) {
        ASN1Sequence names = ASN1Sequence.getInstance(infos[i].getInfoValue());
        return names.size() == 1 ? ASN1UTF8String.getInstance(names.getObjectAt(0)).getString() : null;
      }
    }
    return null;
  }

  private PKIBody first(PKIMessage message, Transaction transaction) throws Exception {
    PKIBody body;
    if (transaction.words.contains("profile") && !"people".equals(profile(message))) {
      return error("There is no such profile.", PKIFailureInfo.badRequest);
    }
    switch (message.getBody().getType()) {
      case PKIBody.TYPE_REVOCATION_REQ:
        body = support.revoke(message, transaction);
        break;
      case PKIBody.TYPE_GEN_MSG:
        body = support.info(message, transaction);
        break;
      case PKIBody.TYPE_KEY_RECOVERY_REQ:
        body = support.recover(message, transaction);
        break;
      case PKIBody.TYPE_INIT_REQ:
      case PKIBody.TYPE_CERT_REQ:
      case PKIBody.TYPE_KEY_UPDATE_REQ:
      case PKIBody.TYPE_CROSS_CERT_REQ:
      case PKIBody.TYPE_P10_CERT_REQ:
        body = requests.take(message, transaction);
        break;
      default:
        return error("This message was not expected.", PKIFailureInfo.badRequest);
    }
    boolean byError = transaction.words.contains("poll-error");
    if (!byError && !transaction.words.contains("poll-ip")) {
      return body;
    }
    transaction.pollsLeft = POLLS;
    transaction.delayed = body;
    transaction.announcedByError = byError;
    return byError ? new PKIBody(PKIBody.TYPE_ERROR, new ErrorMsgContent(new PKIStatusInfo(PKIStatus.waiting)))
        : Requests.waiting(transaction);
  }

  private PKIBody answer(PKIMessage message, Transaction transaction) throws Exception {
    try {
      switch (message.getBody().getType()) {
        case PKIBody.TYPE_POLL_REQ:
          return poll(message, transaction);
        case PKIBody.TYPE_POPO_REP:
          return requests.takeResponses(message, transaction);
        case PKIBody.TYPE_CERT_CONFIRM:
          if (transaction.hasIssued() && !transaction.confirmed) {
            return requests.confirm(message, transaction);
          }
          return error("There is nothing to confirm.", PKIFailureInfo.badRequest);
        default:
          return first(message, transaction);
      }
    } catch (Requests.Refusal refusal) {
      return error(refusal.getMessage(), refusal.failInfo);
    }
  }

  private static boolean brings(PKIBody body) {
    int type = body.getType();
    return type == PKIBody.TYPE_INIT_REP || type == PKIBody.TYPE_CERT_REP || type == PKIBody.TYPE_KEY_UPDATE_REP
        || type == PKIBody.TYPE_CROSS_CERT_REP || type == PKIBody.TYPE_KEY_RECOVERY_REP;
  }

  /** Messages in one: a single one is answered as it is, several in one again (RFC 9810 §5.1.3.5). */
  private byte[] handleNested(PKIMessage message, Transaction transaction, Set<String> words) throws Exception {
    String wrong = protection.check(message, transaction);
    if (wrong != null) {
      return protection.unprotected(message, error(wrong, PKIFailureInfo.badMessageCheck), null);
    }
    PKIMessage[] inner = PKIMessages.getInstance(message.getBody().getContent()).toPKIMessageArray();
    nested++;
    if (inner.length == 1) {
      return handle(inner[0].getEncoded(), words);
    }
    PKIMessage[] answers = new PKIMessage[inner.length];
    for (int i = 0; i < inner.length; i++) {
      answers[i] = PKIMessage.getInstance(handle(inner[i].getEncoded(), words));
    }
    return protection.protect(message, transaction, new PKIBody(PKIBody.TYPE_NESTED, new PKIMessages(answers)), false, false);
  }

  synchronized byte[] handle(byte[] octets, Set<String> words) throws Exception {
    PKIMessage message = PKIMessage.getInstance(octets);
    ASN1OctetString id = message.getHeader().getTransactionID();
    Transaction transaction = transactions.computeIfAbsent(id, key -> new Transaction(key.getOctets()));
    transaction.words = words;
    transaction.version = Math.max(transaction.version, message.getHeader().getPvno().intValueExact());
    if (message.getBody().getType() == PKIBody.TYPE_NESTED) {
      return handleNested(message, transaction, words);
    }
    if (asksForCiphertext(message)) {
      return encapsulate(message, transaction);
    }
    String wrong = protection.check(message, transaction);
    if (wrong != null) {
      return protection.unprotected(message, error(wrong, PKIFailureInfo.badMessageCheck), null);
    }
    decapsulate(message, transaction);
    if (words.contains("kem") && transaction.sharedByUs == null) {
      return protection.unprotected(message, error("Answers are protected by key encapsulation here.",
          PKIFailureInfo.wrongIntegrity), authority.kem(kemKind(words)));
    }
    if (!Arrays.equals(octets, transaction.lastRequest)) {
      transaction.lastAnswer = answer(message, transaction);
      transaction.lastRequest = octets;
    }
    PKIBody body = mistakes.body(transaction.lastAnswer, transaction);
    boolean certificates = brings(body) && transaction.delayed == null;
    byte[] made = protection.protect(message, transaction, body, certificates && words.contains("implicit"), certificates);
    if (words.contains("as-nested")) {
      made = protection.protect(message, transaction, Mistakes.nested(made, words), false, false);
    }
    return Mistakes.message(made, words);
  }

  String counts() {
    return "issued " + authority.issued.size() + " confirmed " + requests.confirmed + " rejected " + requests.rejected
        + " revoked " + authority.revoked.size() + " nested " + nested;
  }

  private synchronized byte[] announce(String kind) throws Exception {
    String bare = kind.startsWith(BY_MAC) ? kind.substring(BY_MAC.length()) : kind;
    int version = bare.equals("ckuann-new") ? 3 : 2;
    ASN1Encodable body = announcements.anyBody(bare);
    return bare.equals(kind) ? protection.announce(body, version) : protection.announceByMac(body, version);
  }

  private void serve(HttpExchange exchange) throws IOException {
    byte[] answer;
    int status = 200;
    String path = exchange.getRequestURI().getPath();
    String last = path.substring(path.lastIndexOf('/') + 1);
    if (!exchange.getRequestMethod().equals("POST") && !last.startsWith(ANNOUNCE)) {
      answer = counts().getBytes(StandardCharsets.UTF_8);
    } else {
      Set<String> words = Set.of(last.split("\\+"));
      try {
        answer = last.startsWith(ANNOUNCE) ? announce(last.substring(ANNOUNCE.length()))
            : handle(exchange.getRequestBody().readAllBytes(), words);
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

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    reference = arguments[1];
    Responder responder = new Responder(Files.readString(Path.of(arguments[2])).strip().toCharArray());
    Files.writeString(folder.resolve("ca.pem"), Authority.pem(responder.authority.ca.certificate));
    Files.writeString(folder.resolve("dh.pem"), Authority.pem(responder.authority.agreement().certificate));
    if (arguments.length > 3) {
      Files.writeString(folder.resolve("kem.pem"), Authority.pem(responder.authority.kem(arguments[3]).certificate));
    }
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
