// SPDX-License-Identifier: GPL-3.0-or-later

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.Arrays;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.cmp.CertRepMessage;
import org.bouncycastle.asn1.cmp.CertResponse;
import org.bouncycastle.asn1.cmp.CertifiedKeyPair;
import org.bouncycastle.asn1.cmp.GenRepContent;
import org.bouncycastle.asn1.cmp.PBMParameter;
import org.bouncycastle.asn1.cmp.PKIBody;
import org.bouncycastle.asn1.cmp.PKIConfirmContent;
import org.bouncycastle.asn1.cmp.PKIFailureInfo;
import org.bouncycastle.asn1.cmp.PKIFreeText;
import org.bouncycastle.asn1.cmp.PKIHeaderBuilder;
import org.bouncycastle.asn1.cmp.PKIMessage;
import org.bouncycastle.asn1.cmp.PKIMessages;
import org.bouncycastle.asn1.cmp.PKIStatus;
import org.bouncycastle.asn1.cmp.PKIStatusInfo;
import org.bouncycastle.asn1.cmp.POPODecKeyChallContent;
import org.bouncycastle.asn1.cmp.PollRepContent;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PBMAC1Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/** Answers as no authority should send them, by words of the path: made from the right one, with this codec and not the client's. */
final class Mistakes {
  private static final int MANY = 1_000_000_000;
  private static final int SHORT_NONCE = 15;
  private static final int UNKNOWN = 7;
  private static final int CUT = 10;

  private final Authority authority;
  private final Announcements announcements;

  Mistakes(Authority authority, Announcements announcements) {
    this.authority = authority;
    this.announcements = announcements;
  }

  // ---- in the header, before it is protected ----

  static int version(int version, Set<String> words) {
    return words.contains("version-7") ? UNKNOWN : version;
  }

  static GeneralName sender(GeneralName sender, Set<String> words) {
    return words.contains("other-sender") ? new GeneralName(new X500Name("CN=Somebody Else")) : sender;
  }

  static void header(PKIHeaderBuilder header, Set<String> words) {
    byte[] other = new byte[16];
    Authority.RANDOM.nextBytes(other);
    if (words.contains("other-nonce")) {
      header.setRecipNonce(other);
    }
    if (words.contains("no-nonce")) {
      header.setRecipNonce((byte[]) null);
    }
    if (words.contains("short-nonce")) {
      header.setSenderNonce(Arrays.copyOf(other, SHORT_NONCE));
    }
    if (words.contains("other-transaction")) {
      header.setTransactionID(other);
    }
    if (words.contains("no-transaction")) {
      header.setTransactionID((byte[]) null);
    }
  }

  static byte[] keyId(byte[] keyId, Set<String> words) {
    return words.contains("other-kid") ? "4712".getBytes(StandardCharsets.UTF_8) : keyId;
  }

  /** Fewer or more iterations than anybody should take. */
  static AlgorithmIdentifier mac(AlgorithmIdentifier mac, Set<String> words) {
    if (!words.contains("one-iteration")) {
      return mac;
    }
    return iterations(mac, 1);
  }

  private static AlgorithmIdentifier iterations(AlgorithmIdentifier mac, int count) {
    if (!mac.getAlgorithm().equals(PKCSObjectIdentifiers.id_PBMAC1)) {
      PBMParameter p = PBMParameter.getInstance(mac.getParameters());
      return new AlgorithmIdentifier(mac.getAlgorithm(),
          new PBMParameter(p.getSalt(), p.getOwf(), new ASN1Integer(count), p.getMac()));
    }
    PBMAC1Params p = PBMAC1Params.getInstance(mac.getParameters());
    PBKDF2Params kdf = PBKDF2Params.getInstance(p.getKeyDerivationFunc().getParameters());
    return new AlgorithmIdentifier(mac.getAlgorithm(), new PBMAC1Params(new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBKDF2,
        new PBKDF2Params(kdf.getSalt(), count, kdf.getKeyLength().intValueExact(), kdf.getPrf())), p.getMessageAuthScheme()));
  }

  // ---- in the body, before it is protected ----

  private CertResponse response(CertResponse right, Transaction transaction) throws Exception {
    PKIStatusInfo granted = new PKIStatusInfo(PKIStatus.granted);
    PKIStatusInfo failed = new PKIStatusInfo(PKIStatus.granted, new PKIFreeText("Yes and no."),
        new PKIFailureInfo(PKIFailureInfo.badRequest));
    PKIStatusInfo refused = new PKIStatusInfo(PKIStatus.rejection, new PKIFreeText("No, and here it is."),
        new PKIFailureInfo(PKIFailureInfo.badRequest));
    CertifiedKeyPair pair = right.getCertifiedKeyPair();
    Set<String> words = transaction.words;
    if (words.contains("other-number")) {
      return new CertResponse(new ASN1Integer(right.getCertReqId().getValue().add(BigInteger.ONE)), granted, pair, null);
    }
    if (words.contains("no-certificate")) {
      return new CertResponse(right.getCertReqId(), granted);
    }
    if (words.contains("granted-with-failure")) {
      return new CertResponse(right.getCertReqId(), failed, pair, null);
    }
    if (words.contains("refused-with-certificate")) {
      return new CertResponse(right.getCertReqId(), refused, pair, null);
    }
    if (words.contains("unknown-status")) {
      return new CertResponse(right.getCertReqId(),
          PKIStatusInfo.getInstance(new DERSequence(new ASN1Integer(UNKNOWN))), pair, null);
    }
    if (words.contains("other-key")) {
      KeyPair key = authority.newKey("ec");
      Transaction.Item item = transaction.items.get(0);
      item.issued = authority.issue(item.subject, SubjectPublicKeyInfo.getInstance(key.getPublic().getEncoded()), item.extensions);
      return new CertResponse(right.getCertReqId(), granted, Requests.pair(item.issued, null), null);
    }
    return right;
  }

  private PKIBody responses(PKIBody right, Transaction transaction) throws Exception {
    CertRepMessage message = CertRepMessage.getInstance(right.getContent());
    CertResponse[] responses = message.getResponse();
    Set<String> words = transaction.words;
    for (int i = 0; i < responses.length; i++) {
      responses[i] = response(responses[i], transaction);
    }
    if (words.contains("no-responses")) {
      responses = new CertResponse[0];
    }
    if (words.contains("two-responses")) {
      responses = new CertResponse[] {responses[0], responses[0]};
    }
    int type = words.contains("as-cp") ? PKIBody.TYPE_CERT_REP : right.getType();
    return new PKIBody(type, new CertRepMessage(message.getCaPubs(), responses));
  }

  private static PKIBody challenge() {
    ASN1EncodableVector challenge = new ASN1EncodableVector();
    challenge.add(new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256, DERNull.INSTANCE));
    challenge.add(new DEROctetString(new byte[32]));
    challenge.add(new DEROctetString(new byte[256]));
    return new PKIBody(PKIBody.TYPE_POPO_CHALL,
        POPODecKeyChallContent.getInstance(new DERSequence(new DERSequence(challenge))));
  }

  /** What is said in place of the right body of an answer to a request for one certificate. */
  PKIBody body(PKIBody right, Transaction transaction) throws Exception {
    for (String word : transaction.words) {
      switch (word) {
        case "as-pkiconf":
          return new PKIBody(PKIBody.TYPE_CONFIRM, new PKIConfirmContent());
        case "as-pollrep":
          return new PKIBody(PKIBody.TYPE_POLL_REP, new PollRepContent(new ASN1Integer(0), new ASN1Integer(1), null));
        case "as-genp":
          return new PKIBody(PKIBody.TYPE_GEN_REP, GenRepContent.getInstance(new DERSequence()));
        case "as-popdecc":
          return challenge();
        case "as-ckuann":
        case "as-cann":
        case "as-rann":
        case "as-crlann":
          return announcements.body(word.substring("as-".length()));
        default:
      }
    }
    return right.getType() == PKIBody.TYPE_INIT_REP ? responses(right, transaction) : right;
  }

  // ---- in the message, after it was protected ----

  static byte[] encode(ASN1Encodable header, ASN1Encodable body, byte[] protection, ASN1Encodable extra) throws Exception {
    ASN1EncodableVector parts = new ASN1EncodableVector();
    parts.add(header);
    parts.add(body);
    if (protection != null) {
      parts.add(new DERTaggedObject(true, 0, new DERBitString(protection)));
    }
    if (extra != null) {
      parts.add(new DERTaggedObject(true, 1, extra));
    }
    return new DERSequence(parts).getEncoded(ASN1Encoding.DER);
  }

  /** The header with another protectionAlg, or without one: [1] of its optional members. */
  private static ASN1Sequence withAlgorithm(ASN1Sequence header, AlgorithmIdentifier algorithm) {
    ASN1EncodableVector parts = new ASN1EncodableVector();
    for (ASN1Encodable part : header) {
      boolean named = part instanceof ASN1TaggedObject && parts.size() > 2 && ((ASN1TaggedObject) part).getTagNo() == 1;
      if (!named) {
        parts.add(part);
      } else if (algorithm != null) {
        parts.add(new DERTaggedObject(true, 1, algorithm));
      }
    }
    return new DERSequence(parts);
  }

  static byte[] message(byte[] right, Set<String> words) throws Exception {
    PKIMessage message = PKIMessage.getInstance(right);
    ASN1Sequence header = ASN1Sequence.getInstance(message.getHeader().toASN1Primitive());
    ASN1Encodable body = message.getBody();
    byte[] protection = message.getProtection() == null ? null : message.getProtection().getBytes();
    ASN1Encodable extra = message.getExtraCerts() == null ? null : new DERSequence(message.getExtraCerts());
    if (words.contains("flip-protection")) {
      protection[protection.length / 2] ^= 1;
      return encode(header, body, protection, extra);
    }
    if (words.contains("flip-body")) {
      return encode(header, new PKIBody(PKIBody.TYPE_CERT_REP, message.getBody().getContent()), protection, extra);
    }
    if (words.contains("no-protection")) {
      return encode(header, body, null, extra);
    }
    if (words.contains("no-algorithm")) {
      return encode(withAlgorithm(header, null), body, protection, extra);
    }
    if (words.contains("no-signer")) {
      return encode(header, body, protection, null);
    }
    if (words.contains("many-iterations")) {
      return encode(withAlgorithm(header, iterations(message.getHeader().getProtectionAlg(), MANY)), body, protection, extra);
    }
    if (words.contains("trailing")) {
      return Arrays.copyOf(right, right.length + 1);
    }
    return words.contains("cut") ? Arrays.copyOf(right, right.length - CUT) : right;
  }

  /** The right answer inside of another message, or two of them. */
  static PKIBody nested(byte[] right, Set<String> words) {
    PKIMessage inner = PKIMessage.getInstance(right);
    return new PKIBody(PKIBody.TYPE_NESTED,
        new PKIMessages(words.contains("batch") ? new PKIMessage[] {inner, inner} : new PKIMessage[] {inner}));
  }
}
