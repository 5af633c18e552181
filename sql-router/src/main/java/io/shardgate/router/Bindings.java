package io.shardgate.router;

import org.jspecify.annotations.Nullable;

/// The parameters of one execution, counted from 0 (`$1` is 0).
public interface Bindings {
  /// No parameters: the simple protocol.
  Bindings NONE =
      new Bindings() {
        @Override
        public int count() {
          return 0;
        }

        @Override
        public int typeOid(int i) {
          return 0;
        }

        @Override
        public boolean binary(int i) {
          return false;
        }

        @Override
        public byte @Nullable [] value(int i) {
          throw new IndexOutOfBoundsException(i);
        }
      };

  int count();

  /// The type that the client (or the server's ParameterDescription) said; 0 when nobody did.
  int typeOid(int i);

  /// Whether the value is in PostgreSQL's binary format.
  boolean binary(int i);

  /// The value as it came, text in the client's encoding; null is NULL.
  byte @Nullable [] value(int i);
}
