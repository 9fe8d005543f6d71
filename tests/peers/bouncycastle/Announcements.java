// SPDX-License-Identifier: GPL-3.0-or-later

import java.security.KeyPair;
import java.util.Date;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.cmp.CAKeyUpdAnnContent;
import org.bouncycastle.asn1.cmp.CMPCertificate;
import org.bouncycastle.asn1.cmp.CRLAnnContent;
import org.bouncycastle.asn1.cmp.PKIBody;
import org.bouncycastle.asn1.cmp.RevAnnContent;
import org.bouncycastle.asn1.cmp.RootCaKeyUpdateContent;
import org.bouncycastle.asn1.crmf.CertId;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;

/** What the authority says without being asked: RFC 9810 §5.3.13 to §5.3.16. */
final class Announcements {
  private static final int REVOCATION_WARNING = 4;
  private static final long DAY = 86_400_000L;

  private final Authority authority;
  private X509CertificateHolder newest;

  Announcements(Authority authority) {
    this.authority = authority;
  }

  private static CMPCertificate cmp(X509CertificateHolder holder) {
    return new CMPCertificate(holder.toASN1Structure());
  }

  /** The certificate that was issued last; one for somebody where there is none. */
  private X509CertificateHolder issued() throws Exception {
    for (X509CertificateHolder each : authority.issued.values()) {
      newest = each;
    }
    if (newest == null) {
      KeyPair key = authority.newKey("ec");
      newest = authority.issue(new X500Name("CN=Somebody"), SubjectPublicKeyInfo.getInstance(key.getPublic().getEncoded()), null);
    }
    return newest;
  }

  /** The body of "ckuann", "cann", "rann" or "crlann". */
  PKIBody body(String kind) throws Exception {
    switch (kind) {
      case "ckuann":
        X509CertificateHolder[] update = authority.rootUpdate();
        return new PKIBody(PKIBody.TYPE_CA_KEY_UPDATE_ANN,
            new CAKeyUpdAnnContent(cmp(update[2]), cmp(update[1]), cmp(update[0])));
      case "cann":
        return new PKIBody(PKIBody.TYPE_CERT_ANN, cmp(issued()));
      case "rann":
        long now = System.currentTimeMillis();
        CertId id = new CertId(new GeneralName(authority.name), new ASN1Integer(issued().getSerialNumber()));
        return new PKIBody(PKIBody.TYPE_REVOCATION_ANN, RevAnnContent.getInstance(new DERSequence(new ASN1Encodable[] {
            new ASN1Integer(REVOCATION_WARNING), id, new ASN1GeneralizedTime(new Date(now + DAY)),
            new ASN1GeneralizedTime(new Date(now - DAY))})));
      case "crlann":
        return new PKIBody(PKIBody.TYPE_CRL_ANN, CRLAnnContent.getInstance(new DERSequence(authority.crl().toASN1Structure())));
      default:
        throw new IllegalArgumentException(kind);
    }
  }

  /** The same, and "ckuann-new" in the form of version 3, which Debian's version of these classes has no body for. */
  ASN1Encodable anyBody(String kind) throws Exception {
    if (!kind.equals("ckuann-new")) {
      return body(kind);
    }
    X509CertificateHolder[] update = authority.rootUpdate();
    return new DERTaggedObject(true, PKIBody.TYPE_CA_KEY_UPDATE_ANN, new DERTaggedObject(true, 0,
        new RootCaKeyUpdateContent(cmp(update[0]), cmp(update[1]), cmp(update[2]))));
  }
}
