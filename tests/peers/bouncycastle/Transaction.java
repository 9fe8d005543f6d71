// SPDX-License-Identifier: GPL-3.0-or-later

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.cmp.PKIBody;
import org.bouncycastle.asn1.crmf.OptionalValidity;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;

/** What is known of one transaction. */
final class Transaction {
  /** One of the certificates asked for. */
  static final class Item {
    BigInteger id;
    X500Name subject;
    SubjectPublicKeyInfo key;
    Extensions extensions;
    OptionalValidity validity;
    boolean encryptCertificate;
    /** What the challenge for this item asks to be said. */
    BigInteger challenge;
    X509CertificateHolder issued;
  }

  final byte[] id;
  int requestType = -1;
  int version = 2;
  /** The words of the path of the message at hand. */
  Set<String> words = Set.of();
  final List<Item> items = new ArrayList<>();
  X509CertificateHolder signer;
  AlgorithmIdentifier mac;
  /** Of a MAC that stands on key agreement. */
  AlgorithmIdentifier agreed;
  /** Of the key that the end entity decapsulates with, and of the authority's own. */
  byte[] sharedByThem;
  byte[] sharedByUs;
  int pollsLeft;
  boolean announcedByError;
  /** The answer that polling brings. */
  PKIBody delayed;
  boolean confirmed;
  /** What was asked last and answered: the same octets again get the same again. */
  byte[] lastRequest;
  PKIBody lastAnswer;

  Transaction(byte[] id) {
    this.id = id;
  }

  boolean hasIssued() {
    return items.stream().anyMatch(item -> item.issued != null);
  }
}
