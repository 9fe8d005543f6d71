// SPDX-License-Identifier: GPL-3.0-or-later

import com.siemens.pki.cmpracomponent.configuration.CkgContext;
import com.siemens.pki.cmpracomponent.configuration.CkgKeyAgreementContext;
import com.siemens.pki.cmpracomponent.configuration.CkgKeyTransportContext;
import com.siemens.pki.cmpracomponent.configuration.CkgPasswordContext;
import com.siemens.pki.cmpracomponent.configuration.CmpMessageInterface;
import com.siemens.pki.cmpracomponent.configuration.Configuration;
import com.siemens.pki.cmpracomponent.configuration.CredentialContext;
import com.siemens.pki.cmpracomponent.configuration.CrlUpdateRetrievalHandler;
import com.siemens.pki.cmpracomponent.configuration.GetCaCertificatesHandler;
import com.siemens.pki.cmpracomponent.configuration.GetRootCaCertificateUpdateHandler;
import com.siemens.pki.cmpracomponent.configuration.InventoryInterface;
import com.siemens.pki.cmpracomponent.configuration.NestedEndpointContext;
import com.siemens.pki.cmpracomponent.configuration.SharedSecretCredentialContext;
import com.siemens.pki.cmpracomponent.configuration.SignatureCredentialContext;
import com.siemens.pki.cmpracomponent.configuration.SupportMessageHandlerInterface;
import com.siemens.pki.cmpracomponent.configuration.VerificationContext;
import com.siemens.pki.cmpracomponent.main.CmpRaComponent;
import com.siemens.pki.cmpracomponent.main.CmpRaComponent.CmpRaInterface;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Security;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.cmp.CMPObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;

/**
 * Siemens' registration authority in front of our responder as its certification authority, for tests on loopback only.
 *
 * The last segment of the path says how it is set up, words joined by '+'. Its own are
 *   pbm, pbmac1     protect answers by MAC; else they are signed
 *   delayed         let wait for whatever is asked
 *   nested          put what goes to the certification authority into a message of its own
 * and every word goes on to the certification authority as well. GET is answered by that one.
 *
 * Arguments: folder (ca.pem is written there), reference, file that holds the secret.
 */
public final class Registration {
  private static final int RETRY_AFTER = 1;

  private final Responder upstream;
  private final Authority authority;
  private final byte[] secret;
  private final byte[] reference;
  private final Map<Set<String>, CmpRaInterface> components = new HashMap<>();
  private final ScheduledExecutorService later = Executors.newScheduledThreadPool(1);

  private Registration(Responder upstream, String reference, byte[] secret) {
    this.upstream = upstream;
    this.authority = upstream.authority;
    this.reference = reference.getBytes(StandardCharsets.UTF_8);
    this.secret = secret;
  }

  private X509Certificate x509(X509CertificateHolder holder) {
    try {
      return new JcaX509CertificateConverter().setProvider(authority.provider).getCertificate(holder);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** How the registration authority signs, with one of the keys of the certification authority's. */
  private SignatureCredentialContext signs(Authority.Holder holder) {
    return new SignatureCredentialContext() {
      @Override
      public List<X509Certificate> getCertificateChain() {
        return List.of(x509(holder.certificate), x509(authority.ca.certificate));
      }

      @Override
      public PrivateKey getPrivateKey() {
        return holder.key.getPrivate();
      }

      @Override
      public String getSignatureAlgorithmName() {
        return holder.algorithm;
      }
    };
  }

  private SharedSecretCredentialContext macs(String algorithm) {
    return new SharedSecretCredentialContext() {
      @Override
      public String getPasswordBasedMacAlgorithm() {
        return algorithm;
      }

      @Override
      public int getkeyLength() {
        return 256;
      }

      @Override
      public byte[] getSenderKID() {
        return reference;
      }

      @Override
      public byte[] getSharedSecret() {
        return secret;
      }
    };
  }

  /** Whom the registration authority believes: holders of the secret and of certificates of this authority. */
  private VerificationContext trusts() {
    return new VerificationContext() {
      @Override
      public byte[] getSharedSecret(byte[] keyId) {
        return Arrays.equals(keyId, reference) ? secret : null;
      }

      @Override
      public Collection<X509Certificate> getTrustedCertificates() {
        return List.of(x509(authority.ca.certificate));
      }
    };
  }

  private CmpMessageInterface side(CredentialContext credentials, boolean reprotect, NestedEndpointContext nested) {
    return new CmpMessageInterface() {
      @Override
      public VerificationContext getInputVerification() {
        return trusts();
      }

      @Override
      public NestedEndpointContext getNestedEndpointContext() {
        return nested;
      }

      @Override
      public CredentialContext getOutputCredentials() {
        return credentials;
      }

      @Override
      public ReprotectMode getReprotectMode() {
        return reprotect ? ReprotectMode.reprotect : ReprotectMode.keep;
      }

      @Override
      public boolean getSuppressRedundantExtraCerts() {
        return false;
      }

      @Override
      public boolean isCacheExtraCerts() {
        return true;
      }

      @Override
      public boolean isMessageTimeDeviationAllowed(long seconds) {
        return Math.abs(seconds) < 600;
      }
    };
  }

  private NestedEndpointContext nesting(CredentialContext credentials) {
    return new NestedEndpointContext() {
      @Override
      public VerificationContext getInputVerification() {
        return trusts();
      }

      @Override
      public CredentialContext getOutputCredentials() {
        return credentials;
      }

      @Override
      public boolean isIncomingRecipientValid(String recipient) {
        return true;
      }
    };
  }

  /** What central key generation needs: by password, key transport and key agreement. */
  private CkgContext generates(String mac) throws Exception {
    KeyPair agreement = authority.newKey("ec");
    return new CkgContext() {
      @Override
      public CkgKeyAgreementContext getKeyAgreementContext() {
        return new CkgKeyAgreementContext() {
          @Override
          public PrivateKey getOwnPrivateKey() {
            return agreement.getPrivate();
          }

          @Override
          public PublicKey getOwnPublicKey() {
            return agreement.getPublic();
          }
        };
      }

      @Override
      public CkgKeyTransportContext getKeyTransportContext() {
        return new CkgKeyTransportContext() {
        };
      }

      @Override
      public CkgPasswordContext getPasswordContext() {
        return () -> macs(mac);
      }

      @Override
      public SignatureCredentialContext getSigningCredentials() {
        return signs(authority.keyGeneration);
      }
    };
  }

  private SupportMessageHandlerInterface supports(String type) {
    if (type.equals(CMPObjectIdentifiers.id_it_caCerts.getId())) {
      return (GetCaCertificatesHandler) () -> List.of(x509(authority.ca.certificate));
    }
    if (type.equals(CMPObjectIdentifiers.id_it_crlStatusList.getId())) {
      return (CrlUpdateRetrievalHandler) (names, issuer, issuers, since) -> List.of(crl());
    }
    if (type.equals(CMPObjectIdentifiers.id_it_rootCaCert.getId())) {
      return (GetRootCaCertificateUpdateHandler) old -> rootUpdate();
    }
    return null;
  }

  private X509CRL crl() {
    try {
      return new JcaX509CRLConverter().setProvider(authority.provider).getCRL(authority.crl());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private GetRootCaCertificateUpdateHandler.RootCaCertificateUpdateResponse rootUpdate() {
    try {
      X509CertificateHolder[] update = authority.rootUpdate();
      return new GetRootCaCertificateUpdateHandler.RootCaCertificateUpdateResponse() {
        @Override
        public X509Certificate getNewWithNew() {
          return x509(update[0]);
        }

        @Override
        public X509Certificate getNewWithOld() {
          return x509(update[1]);
        }

        @Override
        public X509Certificate getOldWithNew() {
          return x509(update[2]);
        }
      };
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private Configuration configuration(Set<String> words) throws Exception {
    String mac = words.contains("pbmac1") ? "PBMAC1" : "PASSWORDBASEDMAC";
    boolean macs = words.contains("pbm") || words.contains("pbmac1");
    CredentialContext own = signs(authority.signer("ec"));
    CmpMessageInterface down = side(macs ? macs(mac) : own, true, null);
    CmpMessageInterface up = side(own, true, words.contains("nested") ? nesting(own) : null);
    CkgContext generation = generates(mac);
    return new Configuration() {
      @Override
      public CkgContext getCkgConfiguration(String profile, int type) {
        return generation;
      }

      @Override
      public CmpMessageInterface getDownstreamConfiguration(String profile, int type) {
        return down;
      }

      @Override
      public int getDownstreamTimeout(String profile, int type) {
        return 0;
      }

      @Override
      public VerificationContext getEnrollmentTrust(String profile, int type) {
        return trusts();
      }

      @Override
      public boolean getForceRaVerifyOnUpstream(String profile, int type) {
        return words.contains("ra");
      }

      @Override
      public InventoryInterface getInventory(String profile, int type) {
        return null;
      }

      @Override
      public int getRetryAfterTimeInSeconds(String profile, int type) {
        return RETRY_AFTER;
      }

      @Override
      public SupportMessageHandlerInterface getSupportMessageHandler(String profile, String type) {
        return supports(type);
      }

      @Override
      public CmpMessageInterface getUpstreamConfiguration(String profile, int type) {
        return up;
      }

      @Override
      public boolean isRaVerifiedAcceptable(String profile, int type) {
        return words.contains("ra");
      }
    };
  }

  private synchronized CmpRaInterface component(Set<String> words) throws Exception {
    CmpRaInterface component = components.get(words);
    if (component == null) {
      component = CmpRaComponent.instantiateCmpRaComponent(configuration(words), (request, profile, type) -> {
        byte[] answer = upstream.handle(request, words);
        if (!words.contains("delayed")) {
          return answer;
        }
        later.schedule(() -> {
          CmpRaInterface asked = component(words);
          synchronized (asked) {
            asked.gotResponseAtUpstream(answer);
          }
          return null;
        }, RETRY_AFTER, TimeUnit.SECONDS);
        return null;
      });
      components.put(words, component);
    }
    return component;
  }

  private void serve(HttpExchange exchange) throws IOException {
    byte[] answer;
    int status = 200;
    if (!exchange.getRequestMethod().equals("POST")) {
      answer = upstream.counts().getBytes(StandardCharsets.UTF_8);
    } else {
      String path = exchange.getRequestURI().getPath();
      Set<String> words = Set.of(path.substring(path.lastIndexOf('/') + 1).split("\\+"));
      try {
        CmpRaInterface asked = component(words);
        byte[] request = exchange.getRequestBody().readAllBytes();
        // A poll that is answered while the answer from above comes would write over it that it waits.
        synchronized (asked) {
          answer = asked.processRequest(request);
        }
        exchange.getResponseHeaders().set("Content-Type", "application/pkixcmp");
      } catch (Exception | LinkageError e) {
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
    String secret = Files.readString(Path.of(arguments[2])).strip();
    Responder.reference = arguments[1];
    Registration registration
        = new Registration(new Responder(secret.toCharArray()), arguments[1], secret.getBytes(StandardCharsets.UTF_8));
    // It keeps the keys that it made in a way that only this provider has.
    Security.insertProviderAt(registration.authority.provider, 1);
    Files.writeString(folder.resolve("ca.pem"), Authority.pem(registration.authority.ca.certificate));
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", registration::serve);
    server.start();
    System.out.println("http://127.0.0.1:" + server.getAddress().getPort() + "/cmp/");
    System.out.flush();
    // Whoever started this holds the other end of standard input: when it goes, so does this.
    while (System.in.read() >= 0) {
      continue;
    }
    server.stop(0);
    registration.later.shutdownNow();
  }
}
