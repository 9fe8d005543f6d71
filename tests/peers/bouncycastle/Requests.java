// SPDX-License-Identifier: GPL-3.0-or-later

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.cmp.CMPCertificate;
import org.bouncycastle.asn1.cmp.CMPObjectIdentifiers;
import org.bouncycastle.asn1.cmp.CertConfirmContent;
import org.bouncycastle.asn1.cmp.CertOrEncCert;
import org.bouncycastle.asn1.cmp.CertRepMessage;
import org.bouncycastle.asn1.cmp.CertResponse;
import org.bouncycastle.asn1.cmp.CertStatus;
import org.bouncycastle.asn1.cmp.CertifiedKeyPair;
import org.bouncycastle.asn1.cmp.KeyRecRepContent;
import org.bouncycastle.asn1.cmp.PKIBody;
import org.bouncycastle.asn1.cmp.PKIConfirmContent;
import org.bouncycastle.asn1.cmp.PKIFailureInfo;
import org.bouncycastle.asn1.cmp.PKIFreeText;
import org.bouncycastle.asn1.cmp.PKIMessage;
import org.bouncycastle.asn1.cmp.PKIStatus;
import org.bouncycastle.asn1.cmp.PKIStatusInfo;
import org.bouncycastle.asn1.crmf.AttributeTypeAndValue;
import org.bouncycastle.asn1.crmf.CertReqMessages;
import org.bouncycastle.asn1.crmf.CertReqMsg;
import org.bouncycastle.asn1.crmf.CertTemplate;
import org.bouncycastle.asn1.crmf.Controls;
import org.bouncycastle.asn1.crmf.EncryptedKey;
import org.bouncycastle.asn1.crmf.POPOPrivKey;
import org.bouncycastle.asn1.crmf.ProofOfPossession;
import org.bouncycastle.asn1.crmf.SubsequentMessage;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.CertificationRequest;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.crmf.CertificateRequestMessage;
import org.bouncycastle.operator.ContentVerifierProvider;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;

/** Requests for certificates, with every kind of proof of possession, and their confirmation. */
final class Requests {
  private static final int PVNO_2021 = 3;
  private static final int CHALLENGE_BITS = 160;

  private final Authority authority;
  private final Envelopes envelopes;
  int confirmed;
  int rejected;

  Requests(Authority authority, Envelopes envelopes) {
    this.authority = authority;
    this.envelopes = envelopes;
  }

  /** What is wrong with a request, as an error message says it. */
  static final class Refusal extends Exception {
    private static final long serialVersionUID = 1;
    final int failInfo;

    Refusal(String text, int failInfo) {
      super(text);
      this.failInfo = failInfo;
    }
  }

  private ContentVerifierProvider verifiers(SubjectPublicKeyInfo key) throws Exception {
    return new JcaContentVerifierProviderBuilder().setProvider(authority.provider).build(envelopes.publicKey(key));
  }

  private static boolean lacksKey(CertTemplate template) {
    return template.getPublicKey() == null || template.getPublicKey().getPublicKeyData().getBytes().length == 0;
  }

  private void checkPossession(CertReqMsg message, Transaction transaction, Transaction.Item item) throws Exception {
    ProofOfPossession proof = message.getPopo();
    if (proof == null) {
      throw new Refusal("There is no proof of possession.", PKIFailureInfo.badPOP);
    }
    switch (proof.getType()) {
      case ProofOfPossession.TYPE_RA_VERIFIED:
        if (!transaction.words.contains("ra")) {
          throw new Refusal("Only a registration authority may say raVerified.", PKIFailureInfo.badPOP);
        }
        break;
      case ProofOfPossession.TYPE_SIGNING_KEY:
        if (!new CertificateRequestMessage(message).isValidSigningKeyPOP(verifiers(item.key))) {
          throw new Refusal("The proof of possession does not verify.", PKIFailureInfo.badPOP);
        }
        break;
      default:
        POPOPrivKey later = POPOPrivKey.getInstance(proof.getObject());
        if (later.getType() != POPOPrivKey.subsequentMessage) {
          throw new Refusal("This proof of possession is not supported.", PKIFailureInfo.badPOP);
        }
        if (ASN1Integer.getInstance(later.getValue()).intValueExact() == SubsequentMessage.encrCert.intValueExact()) {
          item.encryptCertificate = true;
        } else {
          item.challenge = new BigInteger(CHALLENGE_BITS, Authority.RANDOM);
        }
    }
  }

  private Transaction.Item item(CertReqMsg message, Transaction transaction) throws Exception {
    CertTemplate template = message.getCertReq().getCertTemplate();
    Transaction.Item item = new Transaction.Item();
    item.id = message.getCertReq().getCertReqId().getValue();
    item.subject = template.getSubject();
    item.extensions = template.getExtensions();
    item.validity = template.getValidity();
    if (item.subject == null && transaction.signer != null) {
      item.subject = transaction.signer.getSubject();
    }
    if (transaction.requestType == PKIBody.TYPE_KEY_UPDATE_REQ) {
      checkOld(message.getCertReq().getControls(), transaction);
    }
    if (!lacksKey(template)) {
      item.key = template.getPublicKey();
      checkPossession(message, transaction, item);
    } else if (message.getPopo() != null) {
      throw new Refusal("Without a key there is nothing to prove.", PKIFailureInfo.badPOP);
    } else if (template.getPublicKey() != null) {
      item.key = template.getPublicKey();
    }
    return item;
  }

  private static ASN1Encodable control(Controls controls, org.bouncycastle.asn1.ASN1ObjectIdentifier type) {
    if (controls != null) {
      for (AttributeTypeAndValue control : controls.toAttributeTypeAndValueArray()) {
        if (control.getType().equals(type)) {
          return control.getValue();
        }
      }
    }
    return null;
  }

  private void checkOld(Controls controls, Transaction transaction) throws Refusal {
    ASN1Encodable value = control(controls, CMPObjectIdentifiers.regCtrl_oldCertID);
    if (value == null) {
      if (transaction.signer == null) {
        throw new Refusal("Which certificate is to be updated is not said.", PKIFailureInfo.badCertId);
      }
      return;
    }
    BigInteger serial = org.bouncycastle.asn1.crmf.CertId.getInstance(value).getSerialNumber().getValue();
    if (!authority.issued.containsKey(serial)) {
      throw new Refusal("The certificate to be updated is not known here.", PKIFailureInfo.badCertId);
    }
  }

  /** Takes ir, cr, kur, ccr or p10cr. */
  PKIBody take(PKIMessage message, Transaction transaction) throws Exception {
    transaction.requestType = message.getBody().getType();
    if (transaction.requestType == PKIBody.TYPE_P10_CERT_REQ) {
      PKCS10CertificationRequest request
          = new PKCS10CertificationRequest(CertificationRequest.getInstance(message.getBody().getContent()));
      if (!request.isSignatureValid(verifiers(request.getSubjectPublicKeyInfo()))) {
        throw new Refusal("The signature of the request does not verify.", PKIFailureInfo.badPOP);
      }
      Transaction.Item item = new Transaction.Item();
      item.id = BigInteger.valueOf(transaction.words.contains("p10-zero") ? 0 : -1);
      item.subject = request.getSubject();
      item.key = request.getSubjectPublicKeyInfo();
      item.extensions = request.getRequestedExtensions();
      transaction.items.add(item);
    } else {
      for (CertReqMsg each : CertReqMessages.getInstance(message.getBody().getContent()).toCertReqMsgArray()) {
        transaction.items.add(item(each, transaction));
      }
    }
    if (transaction.words.contains("reject")) {
      PKIStatusInfo status = new PKIStatusInfo(PKIStatus.rejection, new PKIFreeText("Not on the list."),
          new PKIFailureInfo(PKIFailureInfo.notAuthorized));
      return answer(transaction, transaction.items.stream()
          .map(item -> new CertResponse(new ASN1Integer(item.id), status)).toArray(CertResponse[]::new));
    }
    boolean asks = transaction.items.stream().anyMatch(item -> item.challenge != null);
    return asks ? challenges(message, transaction) : certificates(transaction);
  }

  static PKIBody answer(Transaction transaction, CertResponse... responses) {
    int type = transaction.requestType == PKIBody.TYPE_P10_CERT_REQ ? PKIBody.TYPE_CERT_REP : transaction.requestType + 1;
    return new PKIBody(type, new CertRepMessage(null, responses));
  }

  /** The answer while the certificates are not ready. */
  static PKIBody waiting(Transaction transaction) {
    if (transaction.requestType == PKIBody.TYPE_KEY_RECOVERY_REQ) {
      return new PKIBody(PKIBody.TYPE_KEY_RECOVERY_REP,
          KeyRecRepContent.getInstance(new DERSequence(new PKIStatusInfo(PKIStatus.waiting))));
    }
    return answer(transaction, transaction.items.stream()
        .map(item -> new CertResponse(new ASN1Integer(item.id), new PKIStatusInfo(PKIStatus.waiting)))
        .toArray(CertResponse[]::new));
  }

  private PKIBody certificates(Transaction transaction) throws Exception {
    List<CertResponse> responses = new ArrayList<>();
    for (Transaction.Item item : transaction.items) {
      responses.add(certificate(transaction, item));
    }
    CMPCertificate[] caPubs = transaction.words.contains("ca-pubs")
        ? new CMPCertificate[] {new CMPCertificate(authority.ca.certificate.toASN1Structure())} : null;
    int type = answer(transaction).getType();
    return new PKIBody(type, new CertRepMessage(caPubs, responses.toArray(new CertResponse[0])));
  }

  private CertResponse certificate(Transaction transaction, Transaction.Item item) throws Exception {
    boolean modify = transaction.words.contains("modify");
    boolean last = item == transaction.items.get(transaction.items.size() - 1);
    if (last && transaction.words.contains("reject-last")) {
      return new CertResponse(new ASN1Integer(item.id), new PKIStatusInfo(PKIStatus.rejection,
          new PKIFreeText("One less than that."), new PKIFailureInfo(PKIFailureInfo.badCertTemplate)));
    }
    KeyPair made = null;
    if (item.key == null || item.key.getPublicKeyData().getBytes().length == 0) {
      boolean rsa = item.key != null && item.key.getAlgorithm().getAlgorithm().equals(PKCSObjectIdentifiers.rsaEncryption);
      made = authority.newKey(rsa ? "rsa" : "ec");
      item.key = SubjectPublicKeyInfo.getInstance(made.getPublic().getEncoded());
    }
    X500Name subject = modify ? new X500Name("CN=Changed by the authority,O=Signet Tests") : item.subject;
    item.issued = authority.issue(subject, item.key, item.extensions, item.validity);
    PKIStatusInfo status = new PKIStatusInfo(modify ? PKIStatus.grantedWithMods : PKIStatus.granted);
    CertOrEncCert certificate = new CertOrEncCert(new CMPCertificate(item.issued.toASN1Structure()));
    EncryptedKey key = null;
    if (item.encryptCertificate) {
      certificate = new CertOrEncCert(encrypted(transaction, item));
    } else if (made != null) {
      transaction.version = PVNO_2021;
      key = envelopes.privateKey(transaction, made, null);
    }
    return new CertResponse(new ASN1Integer(item.id), status, new CertifiedKeyPair(certificate, key, null), null);
  }

  private EncryptedKey encrypted(Transaction transaction, Transaction.Item item) throws Exception {
    if (transaction.words.contains("encrypted-value")) {
      return envelopes.oldForm(item.key, item.issued);
    }
    transaction.version = PVNO_2021;
    return new EncryptedKey(envelopes.forKey(item.key, new ASN1Integer(item.id), item.issued.getEncoded()));
  }

  // ---- challenge and response (RFC 9810 §5.2.8.3.3) ----

  private PKIBody challenges(PKIMessage message, Transaction transaction) throws Exception {
    Set<String> words = transaction.words;
    ASN1EncodableVector challenges = new ASN1EncodableVector();
    GeneralName sender = new GeneralName(transaction.mac != null && !words.contains("sign")
        ? new X500Name("CN=" + Responder.reference) : authority.signer("ec").certificate.getSubject());
    if (words.contains("challenge-sender")) {
      sender = new GeneralName(new X500Name("CN=Somebody Else"));
    }
    for (Transaction.Item item : transaction.items) {
      if (item.challenge == null) {
        continue;
      }
      byte[] rand = new DERSequence(new ASN1Encodable[] {new ASN1Integer(item.challenge), sender})
          .getEncoded(ASN1Encoding.DER);
      if (words.contains("challenge-letter")) {
        rand = "What somebody else wrote to the holder of this key".getBytes(StandardCharsets.UTF_8);
      }
      BigInteger hashed = words.contains("challenge-witness") ? item.challenge.add(BigInteger.ONE) : item.challenge;
      ASN1EncodableVector challenge = new ASN1EncodableVector();
      // A second one may leave the function to the first.
      if (challenges.size() == 0) {
        challenge.add(new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256, DERNull.INSTANCE));
      }
      challenge.add(new DEROctetString(MessageDigest.getInstance("SHA-256").digest(hashed.toByteArray())));
      SubjectPublicKeyInfo key = item.key;
      if (words.contains("challenge-key")) {
        boolean rsa = key.getAlgorithm().getAlgorithm().equals(PKCSObjectIdentifiers.rsaEncryption);
        key = SubjectPublicKeyInfo.getInstance(authority.newKey(rsa ? "rsa" : "ec").getPublic().getEncoded());
      }
      if (words.contains("old-challenge")) {
        challenge.add(new DEROctetString(envelopes.encryptForRsa(key, rand)));
      } else {
        challenge.add(new DEROctetString(new byte[0]));
        challenge.add(new DERTaggedObject(true, 0, envelopes.forKey(key, new ASN1Integer(item.id), rand)));
        transaction.version = PVNO_2021;
      }
      challenges.add(new DERSequence(challenge));
    }
    return new PKIBody(PKIBody.TYPE_POPO_CHALL,
        org.bouncycastle.asn1.cmp.POPODecKeyChallContent.getInstance(new DERSequence(challenges)));
  }

  /** Takes popdecr. */
  PKIBody takeResponses(PKIMessage message, Transaction transaction) throws Exception {
    ASN1Sequence said = ASN1Sequence.getInstance(message.getBody().getContent().toASN1Primitive());
    int at = 0;
    for (Transaction.Item item : transaction.items) {
      if (item.challenge == null) {
        continue;
      }
      if (at >= said.size() || !ASN1Integer.getInstance(said.getObjectAt(at++)).getValue().equals(item.challenge)) {
        throw new Refusal("The response to the challenge is wrong.", PKIFailureInfo.badPOP);
      }
    }
    return certificates(transaction);
  }

  /** Takes certConf. */
  PKIBody confirm(PKIMessage message, Transaction transaction) throws Exception {
    for (CertStatus status : CertConfirmContent.getInstance(message.getBody().getContent()).toCertStatusArray()) {
      Transaction.Item item = transaction.items.stream()
          .filter(each -> each.id.equals(status.getCertReqId().getValue())).findFirst().orElse(null);
      byte[] hash = item == null ? null : MessageDigest.getInstance("SHA-256").digest(item.issued.getEncoded());
      if (!MessageDigest.isEqual(hash, status.getCertHash().getOctets())) {
        throw new Refusal("The confirmation is for another certificate.", PKIFailureInfo.badCertId);
      }
      if (status.getStatusInfo() != null && status.getStatusInfo().getStatus().intValue() == PKIStatus.REJECTION) {
        rejected++;
      } else {
        confirmed++;
      }
    }
    transaction.confirmed = true;
    return new PKIBody(PKIBody.TYPE_CONFIRM, new PKIConfirmContent());
  }

  /** Where the request names a key that what is encrypted shall be for: regCtrl-protocolEncrKey. */
  static SubjectPublicKeyInfo protocolKey(CertReqMsg message) {
    ASN1Encodable value = control(message.getCertReq().getControls(), CMPObjectIdentifiers.regCtrl_protocolEncrKey);
    return value == null ? null : SubjectPublicKeyInfo.getInstance(value);
  }

  static CertifiedKeyPair pair(X509CertificateHolder certificate, EncryptedKey key) {
    return new CertifiedKeyPair(new CertOrEncCert(new CMPCertificate(certificate.toASN1Structure())), key, null);
  }
}
