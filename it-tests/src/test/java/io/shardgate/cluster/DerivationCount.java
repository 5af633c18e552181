package io.shardgate.cluster;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.Provider;
import java.security.Security;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.SecretKeyFactorySpi;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/// How often this JVM derives SCRAM's keys from one password: PBKDF2 as the JDK has it, counted on its way.
/// Thread-safe: an atomic count.
public final class DerivationCount implements AutoCloseable {
  private static final String ALGORITHM = "PBKDF2WithHmacSHA256";
  private static final String NAME = "derivation-count";

  private final String password;
  private final AtomicInteger count = new AtomicInteger();

  private DerivationCount(String password) {
    this.password = password;
  }

  /// Counts until it is closed.
  public static DerivationCount of(String password) throws GeneralSecurityException {
    DerivationCount counting = new DerivationCount(password);
    Security.insertProviderAt(new Counting(counting, SecretKeyFactory.getInstance(ALGORITHM)), 1);
    return counting;
  }

  public int count() {
    return count.get();
  }

  @Override
  public void close() {
    Security.removeProvider(NAME);
  }

  private static final class Counting extends Provider {
    private static final long serialVersionUID = 1;

    Counting(DerivationCount counting, SecretKeyFactory real) {
      super(NAME, "1", "counts " + ALGORITHM);
      putService(
          new Service(this, "SecretKeyFactory", ALGORITHM, Factory.class.getName(), null, null) {
            @Override
            public Object newInstance(@Nullable Object parameter) {
              return new Factory(counting, real);
            }
          });
    }
  }

  private static final class Factory extends SecretKeyFactorySpi {
    private final DerivationCount counting;
    private final SecretKeyFactory real;

    Factory(DerivationCount counting, SecretKeyFactory real) {
      this.counting = counting;
      this.real = real;
    }

    @Override
    protected SecretKey engineGenerateSecret(KeySpec spec) throws InvalidKeySpecException {
      if (spec instanceof PBEKeySpec asked && counting.password.equals(String.valueOf(asked.getPassword()))) {
        counting.count.incrementAndGet();
      }
      return real.generateSecret(spec);
    }

    @Override
    protected KeySpec engineGetKeySpec(SecretKey key, Class<?> kind) throws InvalidKeySpecException {
      return real.getKeySpec(key, kind);
    }

    @Override
    protected SecretKey engineTranslateKey(SecretKey key) throws InvalidKeyException {
      return real.translateKey(key);
    }
  }
}
