// SPDX-License-Identifier: GPL-3.0-or-later

import java.math.BigInteger;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.cmp.CAKeyUpdAnnContent;
import org.bouncycastle.asn1.cmp.CMPCertificate;
import org.bouncycastle.asn1.cmp.CMPObjectIdentifiers;
import org.bouncycastle.asn1.cmp.CertReqTemplateContent;
import org.bouncycastle.asn1.cmp.GenMsgContent;
import org.bouncycastle.asn1.cmp.GenRepContent;
import org.bouncycastle.asn1.cmp.InfoTypeAndValue;
import org.bouncycastle.asn1.cmp.PKIBody;
import org.bouncycastle.asn1.cmp.PKIFailureInfo;
import org.bouncycastle.asn1.cmp.PKIFreeText;
import org.bouncycastle.asn1.cmp.PKIMessage;
import org.bouncycastle.asn1.cmp.PKIStatus;
import org.bouncycastle.asn1.cmp.PKIStatusInfo;
import org.bouncycastle.asn1.cmp.RevDetails;
import org.bouncycastle.asn1.cmp.RevRepContentBuilder;
import org.bouncycastle.asn1.cmp.RevReqContent;
import org.bouncycastle.asn1.cmp.RootCaKeyUpdateContent;
import org.bouncycastle.asn1.crmf.AttributeTypeAndValue;
import org.bouncycastle.asn1.crmf.CertId;
import org.bouncycastle.asn1.crmf.CertReqMessages;
import org.bouncycastle.asn1.crmf.CertReqMsg;
import org.bouncycastle.asn1.crmf.CertTemplateBuilder;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;

/** Everything else that is asked: general messages, revocation, key recovery. */
final class Support {
  private final Authority authority;
  private final Envelopes envelopes;

  Support(Authority authority, Envelopes envelopes) {
    this.authority = authority;
    this.envelopes = envelopes;
  }

  private static CMPCertificate cmp(X509CertificateHolder holder) {
    return new CMPCertificate(holder.toASN1Structure());
  }

  // ---- genm (RFC 9810 §5.3.19) ----

  PKIBody info(PKIMessage message, Transaction transaction) throws Exception {
    transaction.requestType = PKIBody.TYPE_GEN_MSG;
    InfoTypeAndValue[] asked = GenMsgContent.getInstance(message.getBody().getContent()).toInfoTypeAndValueArray();
    List<InfoTypeAndValue> told = new ArrayList<>();
    for (InfoTypeAndValue each : asked) {
      InfoTypeAndValue answer = tell(each);
      if (answer == null) {
        answer = new InfoTypeAndValue(CMPObjectIdentifiers.it_unsupportedOIDs, new DERSequence(each.getInfoType()));
      }
      told.add(answer);
    }
    if (asked.length == 0) {
      for (ASN1ObjectIdentifier type : new ASN1ObjectIdentifier[] {CMPObjectIdentifiers.it_caProtEncCert,
          CMPObjectIdentifiers.it_signKeyPairTypes, CMPObjectIdentifiers.it_currentCRL, CMPObjectIdentifiers.id_it_caCerts}) {
        told.add(tell(new InfoTypeAndValue(type)));
      }
    }
    return new PKIBody(PKIBody.TYPE_GEN_REP, new GenRepContent(told.toArray(new InfoTypeAndValue[0])));
  }

  private InfoTypeAndValue tell(InfoTypeAndValue asked) throws Exception {
    ASN1ObjectIdentifier type = asked.getInfoType();
    if (type.equals(CMPObjectIdentifiers.it_caProtEncCert)) {
      return new InfoTypeAndValue(type, cmp(authority.ca.certificate));
    }
    if (type.equals(CMPObjectIdentifiers.it_signKeyPairTypes) || type.equals(CMPObjectIdentifiers.it_encKeyPairTypes)) {
      return new InfoTypeAndValue(type,
          new DERSequence(new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, SECObjectIdentifiers.secp256r1)));
    }
    if (type.equals(CMPObjectIdentifiers.it_preferredSymAlg)) {
      return new InfoTypeAndValue(type, new AlgorithmIdentifier(NISTObjectIdentifiers.id_aes256_CBC));
    }
    if (type.equals(CMPObjectIdentifiers.it_caKeyUpdateInfo)) {
      X509CertificateHolder[] update = authority.rootUpdate();
      return new InfoTypeAndValue(type, new CAKeyUpdAnnContent(cmp(update[2]), cmp(update[1]), cmp(update[0])));
    }
    if (type.equals(CMPObjectIdentifiers.it_currentCRL)) {
      return new InfoTypeAndValue(type, authority.crl().toASN1Structure());
    }
    if (type.equals(CMPObjectIdentifiers.it_keyPairParamReq)) {
      return new InfoTypeAndValue(CMPObjectIdentifiers.it_keyPairParamRep,
          new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, SECObjectIdentifiers.secp256r1));
    }
    if (type.equals(CMPObjectIdentifiers.it_suppLangTags)) {
      return new InfoTypeAndValue(type, new DERSequence(new DERUTF8String("en")));
    }
    return tellProfile(asked);
  }

  /** The support messages of RFC 9483 §4.3. */
  private InfoTypeAndValue tellProfile(InfoTypeAndValue asked) throws Exception {
    ASN1ObjectIdentifier type = asked.getInfoType();
    if (type.equals(CMPObjectIdentifiers.id_it_caCerts)) {
      return new InfoTypeAndValue(type, new DERSequence(cmp(authority.ca.certificate)));
    }
    if (type.equals(CMPObjectIdentifiers.id_it_rootCaCert)) {
      X509CertificateHolder[] update = authority.rootUpdate();
      return new InfoTypeAndValue(CMPObjectIdentifiers.id_it_rootCaKeyUpdate,
          new RootCaKeyUpdateContent(cmp(update[0]), cmp(update[1]), cmp(update[2])));
    }
    if (type.equals(CMPObjectIdentifiers.id_it_certReqTemplate)) {
      return new InfoTypeAndValue(type, template());
    }
    if (type.equals(CMPObjectIdentifiers.id_it_crlStatusList)) {
      return new InfoTypeAndValue(CMPObjectIdentifiers.id_it_crls, new DERSequence(authority.crl().toASN1Structure()));
    }
    return null;
  }

  private static CertReqTemplateContent template() throws Exception {
    ExtensionsGenerator extensions = new ExtensionsGenerator();
    extensions.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
    extensions.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_emailProtection));
    AttributeTypeAndValue curve = new AttributeTypeAndValue(CMPObjectIdentifiers.id_regCtrl_algId,
        new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, SECObjectIdentifiers.secp256r1));
    AttributeTypeAndValue length
        = new AttributeTypeAndValue(CMPObjectIdentifiers.id_regCtrl_rsaKeyLen, new ASN1Integer(3072));
    return new CertReqTemplateContent(new CertTemplateBuilder().setSubject(new X500Name("O=Signet Tests"))
        .setExtensions(extensions.generate()).build(), new DERSequence(new ASN1Encodable[] {curve, length}));
  }

  // ---- rr (RFC 9810 §5.3.9) ----

  private static int reason(RevDetails details) {
    Extensions entry = details.getCrlEntryDetails();
    Extension reason = entry == null ? null : entry.getExtension(Extension.reasonCode);
    return reason == null ? CRLReason.unspecified : CRLReason.getInstance(reason.getParsedValue()).getValue().intValueExact();
  }

  PKIBody revoke(PKIMessage message, Transaction transaction) throws Exception {
    transaction.requestType = PKIBody.TYPE_REVOCATION_REQ;
    RevRepContentBuilder answer = new RevRepContentBuilder();
    for (RevDetails details : RevReqContent.getInstance(message.getBody().getContent()).toRevDetailsArray()) {
      ASN1Integer serial = details.getCertDetails().getSerialNumber();
      BigInteger number = serial == null ? null : serial.getValue();
      CertId id = new CertId(new GeneralName(authority.name), new ASN1Integer(number == null ? BigInteger.ZERO : number));
      int reason = reason(details);
      if (!authority.issued.containsKey(number) || !authority.name.equals(details.getCertDetails().getIssuer())) {
        answer.add(refused("No such certificate was issued here.", PKIFailureInfo.badCertId), id);
      } else if (reason == CRLReason.removeFromCRL) {
        authority.revoked.remove(number);
        answer.add(new PKIStatusInfo(PKIStatus.granted), id);
      } else if (authority.revoked.containsKey(number)) {
        answer.add(refused("The certificate is revoked already.", PKIFailureInfo.certRevoked), id);
      } else {
        authority.revoked.put(number, reason);
        answer.add(new PKIStatusInfo(PKIStatus.granted), id);
      }
    }
    if (transaction.words.contains("crl")) {
      answer.addCrl(authority.crl().toASN1Structure());
    }
    return new PKIBody(PKIBody.TYPE_REVOCATION_REP, answer.build());
  }

  private static PKIStatusInfo refused(String text, int failInfo) {
    return new PKIStatusInfo(PKIStatus.rejection, new PKIFreeText(text), new PKIFailureInfo(failInfo));
  }

  // ---- krr (RFC 9810 §5.3.7, §5.3.8) ----

  /** Two keys of old, each with its certificate, and a new certificate where the request brings a key for one. */
  PKIBody recover(PKIMessage message, Transaction transaction) throws Exception {
    transaction.requestType = PKIBody.TYPE_KEY_RECOVERY_REQ;
    CertReqMsg request = CertReqMessages.getInstance(message.getBody().getContent()).toCertReqMsgArray()[0];
    SubjectPublicKeyInfo to = Requests.protocolKey(request);
    X500Name subject = request.getCertReq().getCertTemplate().getSubject();
    ASN1EncodableVector history = new ASN1EncodableVector();
    for (String kind : new String[] {"rsa", "ec"}) {
      KeyPair key = authority.newKey(kind);
      X509CertificateHolder certificate
          = authority.issue(subject, SubjectPublicKeyInfo.getInstance(key.getPublic().getEncoded()), null);
      history.add(Requests.pair(certificate, envelopes.privateKey(transaction, key, to)));
    }
    transaction.version = 3;
    ASN1EncodableVector answer = new ASN1EncodableVector();
    answer.add(new PKIStatusInfo(PKIStatus.granted));
    SubjectPublicKeyInfo key = request.getCertReq().getCertTemplate().getPublicKey();
    if (key != null) {
      // To be confirmed as any other certificate: RFC 9810 §5.3.22 item 1.
      Transaction.Item item = new Transaction.Item();
      item.id = request.getCertReq().getCertReqId().getValue();
      item.issued = authority.issue(subject, key, null);
      transaction.items.add(item);
      answer.add(new DERTaggedObject(true, 0, cmp(item.issued)));
    }
    answer.add(new DERTaggedObject(true, 1, new DERSequence(cmp(authority.ca.certificate))));
    answer.add(new DERTaggedObject(true, 2, new DERSequence(history)));
    return new PKIBody(PKIBody.TYPE_KEY_RECOVERY_REP,
        org.bouncycastle.asn1.cmp.KeyRecRepContent.getInstance(new DERSequence(answer)));
  }

  /** The answer to a question for a key's ciphertext: KemCiphertextInfo. */
  static PKIBody ciphertext(AlgorithmIdentifier kem, byte[] ciphertext) {
    ASN1Sequence value = new DERSequence(new ASN1Encodable[] {kem, new DEROctetString(ciphertext)});
    return new PKIBody(PKIBody.TYPE_GEN_REP, new GenRepContent(new InfoTypeAndValue(Kem.CIPHERTEXT_INFO, value)));
  }
}
