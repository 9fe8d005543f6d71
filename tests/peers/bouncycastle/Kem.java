// SPDX-License-Identifier: GPL-3.0-or-later

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.KeyGenerator;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.agreement.kdf.ConcatenationKDFGenerator;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.params.HKDFParameters;
import org.bouncycastle.crypto.params.KDFParameters;
import org.bouncycastle.jcajce.SecretKeyWithEncapsulation;
import org.bouncycastle.jcajce.spec.KEMExtractSpec;
import org.bouncycastle.jcajce.spec.KEMGenerateSpec;
import org.bouncycastle.util.BigIntegers;

/** Protection by key encapsulation (RFC 9810 §5.1.3.4). The structures are written out here: Bouncy Castle's are a draft's. */
final class Kem {
  static final ASN1ObjectIdentifier MAC = new ASN1ObjectIdentifier("1.2.840.113533.7.66.16");
  static final ASN1ObjectIdentifier CIPHERTEXT_INFO = new ASN1ObjectIdentifier("1.3.6.1.5.5.7.4.24");
  private static final ASN1ObjectIdentifier HKDF_SHA256 = new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.3.28");
  private static final ASN1ObjectIdentifier RSA_KEM = new ASN1ObjectIdentifier("1.0.18033.2.2.4");
  private static final ASN1ObjectIdentifier KDF3 = new ASN1ObjectIdentifier("1.3.133.16.840.9.44.1.2");
  private static final int LENGTH = 32;

  private Kem() {
  }

  /** How the mechanism of a public key is named beside a ciphertext: RSA keys serve for more than this one. */
  static AlgorithmIdentifier mechanism(SubjectPublicKeyInfo key) {
    if (!key.getAlgorithm().getAlgorithm().equals(PKCSObjectIdentifiers.rsaEncryption)) {
      return key.getAlgorithm();
    }
    AlgorithmIdentifier kdf = new AlgorithmIdentifier(KDF3, new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256));
    return new AlgorithmIdentifier(RSA_KEM, new DERSequence(new ASN1Encodable[] {kdf, new ASN1Integer(LENGTH)}));
  }

  /** What RSA-KEM makes of its random number (RFC 9690 §2, ISO/IEC 18033-2): KDF3 with SHA-256. */
  private static byte[] rsaSecret(BigInteger modulus, BigInteger number) {
    ConcatenationKDFGenerator kdf = new ConcatenationKDFGenerator(new SHA256Digest());
    byte[] secret = new byte[LENGTH];
    kdf.init(new KDFParameters(octets(modulus, number), new byte[0]));
    kdf.generateBytes(secret, 0, LENGTH);
    return secret;
  }

  private static byte[] octets(BigInteger modulus, BigInteger number) {
    return BigIntegers.asUnsignedByteArray((modulus.bitLength() + 7) / 8, number);
  }

  /** What to ask a mechanism for: its secret as it is, with no key derivation. That can be asked of newer versions only. */
  private static AlgorithmParameterSpec plain(Class<?> spec, Class<?>[] types, Object... values)
      throws GeneralSecurityException {
    try {
      Class<?> builder = Class.forName(spec.getName() + "$Builder");
      Object made = builder.getConstructor(types).newInstance(values);
      builder.getMethod("withNoKdf").invoke(made);
      return (AlgorithmParameterSpec) builder.getMethod("build").invoke(made);
    } catch (ReflectiveOperationException e) {
      throw new GeneralSecurityException(e);
    }
  }

  /** The ciphertext and the shared secret. */
  static byte[][] encapsulate(Provider provider, PublicKey key) throws GeneralSecurityException {
    if (key instanceof RSAPublicKey) {
      RSAPublicKey rsa = (RSAPublicKey) key;
      BigInteger number = BigIntegers.createRandomInRange(BigInteger.TWO, rsa.getModulus().subtract(BigInteger.TWO),
          Authority.RANDOM);
      return new byte[][] {octets(rsa.getModulus(), number.modPow(rsa.getPublicExponent(), rsa.getModulus())),
          rsaSecret(rsa.getModulus(), number)};
    }
    KeyGenerator generator = KeyGenerator.getInstance(key.getAlgorithm(), provider);
    generator.init(plain(KEMGenerateSpec.class, new Class<?>[] {PublicKey.class, String.class, int.class}, key, "AES", 256),
        Authority.RANDOM);
    SecretKeyWithEncapsulation made = (SecretKeyWithEncapsulation) generator.generateKey();
    return new byte[][] {made.getEncapsulation(), made.getEncoded()};
  }

  static byte[] decapsulate(Provider provider, PrivateKey key, byte[] ciphertext) throws GeneralSecurityException {
    if (key instanceof RSAPrivateKey) {
      RSAPrivateKey rsa = (RSAPrivateKey) key;
      return rsaSecret(rsa.getModulus(), new BigInteger(1, ciphertext).modPow(rsa.getPrivateExponent(), rsa.getModulus()));
    }
    KeyGenerator generator = KeyGenerator.getInstance(key.getAlgorithm(), provider);
    generator.init(plain(KEMExtractSpec.class,
        new Class<?>[] {PrivateKey.class, byte[].class, String.class, int.class}, key, ciphertext, "AES", 256));
    return ((SecretKeyWithEncapsulation) generator.generateKey()).getEncoded();
  }

  /** KemBMParameter without a context: HKDF with SHA-256, then HMAC with SHA-256. */
  static AlgorithmIdentifier algorithm() {
    return new AlgorithmIdentifier(MAC, new DERSequence(new ASN1Encodable[] {
        new AlgorithmIdentifier(HKDF_SHA256), new ASN1Integer(LENGTH),
        new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE)}));
  }

  static AlgorithmIdentifier macOf(AlgorithmIdentifier algorithm) {
    ASN1Sequence parameter = ASN1Sequence.getInstance(algorithm.getParameters());
    return AlgorithmIdentifier.getInstance(parameter.getObjectAt(parameter.size() - 1));
  }

  /** The key of the MAC, for the transaction that the ciphertext belongs to. */
  static byte[] key(AlgorithmIdentifier algorithm, byte[] shared, byte[] transactionId) throws Exception {
    ASN1Sequence parameter = ASN1Sequence.getInstance(algorithm.getParameters());
    AlgorithmIdentifier kdf = AlgorithmIdentifier.getInstance(parameter.getObjectAt(0));
    if (!kdf.getAlgorithm().equals(HKDF_SHA256)) {
      throw new GeneralSecurityException("key derivation " + kdf.getAlgorithm());
    }
    ASN1OctetString context = null;
    int at = 1;
    if (parameter.getObjectAt(at) instanceof ASN1TaggedObject) {
      context = ASN1OctetString.getInstance(ASN1TaggedObject.getInstance(parameter.getObjectAt(at++)), true);
    }
    int length = ASN1Integer.getInstance(parameter.getObjectAt(at)).intValueExact();
    ASN1EncodableVector info = new ASN1EncodableVector();
    info.add(new DERSequence(new DERUTF8String("CMP-KEM")));
    info.add(new org.bouncycastle.asn1.DEROctetString(transactionId));
    if (context != null) {
      info.add(new DERTaggedObject(true, 0, context));
    }
    HKDFBytesGenerator generator = new HKDFBytesGenerator(new SHA256Digest());
    generator.init(new HKDFParameters(shared, null, new DERSequence(info).getEncoded(ASN1Encoding.DER)));
    byte[] key = new byte[length];
    generator.generateBytes(key, 0, length);
    return key;
  }
}
