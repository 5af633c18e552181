package io.shardgate.router.lex;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/// Sums tokens up to 128 bits.
/// Not thread-safe; owned by its [Lexer].
///
/// Two lanes of multiply-and-fold with secret odd keys drawn once per process, so that nobody can make two statements of one
/// fingerprint on purpose and be served the plan of the other.
final class FingerprintHash {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int PACKED_BYTES = 6;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long K1;
    private static final long K2;
    private static final long K3;
    private static final long K4;

    static {
        SecureRandom random = new SecureRandom();
        K1 = random.nextLong() | 1;
        K2 = random.nextLong() | 1;
        K3 = random.nextLong() | 1;
        K4 = random.nextLong() | 1;
    }

    private long hi;
    private long lo;

    void reset(LexicalRules rules) {
        hi = K3;
        lo = K1;
        add(rules.encoding().hashCode() * 2L + (rules.standardConformingStrings() ? 1 : 0));
    }

    /// A token of which only the kind counts.
    void kind(int kind) {
        add(kind);
    }

    /// A token with its text, exactly as written.
    void exact(int kind, byte[] text, int from, int to) {
        addText(kind, text, from, to, false);
    }

    /// A token with its text, upper case ASCII letters taken as lower case.
    void folded(int kind, byte[] text, int from, int to) {
        addText(kind, text, from, to, true);
    }

    private void addText(int kind, byte[] text, int from, int to, boolean fold) {
        int length = to - from;
        if (length <= PACKED_BYTES) {
            long word = tail(text, from, to);
            add((fold ? lower(word) : word) << 16 | (long) length << 8 | kind);
            return;
        }
        add((long) length << 8 | kind);
        int i = from;
        for (; i + Long.BYTES <= to; i += Long.BYTES) {
            long word = (long) LONGS.get(text, i);
            add(fold ? lower(word) : word);
        }
        if (i < to) {
            long word = tail(text, i, to);
            add(fold ? lower(word) : word);
        }
    }

    private void add(long word) {
        hi = mix(word ^ K1, hi ^ K2);
        lo = mix(word ^ K3, lo ^ K4);
    }

    private static long mix(long a, long b) {
        return (a * b) ^ Math.multiplyHigh(a, b);
    }

    Fingerprint sum() {
        return new Fingerprint(mix(hi ^ K4, K1), mix(lo ^ K2, K3));
    }

    /// Up to eight bytes, little-endian.
    static long tail(byte[] text, int from, int to) {
        int length = Math.min(to - from, Long.BYTES);
        if (from + Long.BYTES <= text.length) {
            long word = (long) LONGS.get(text, from);
            return length == Long.BYTES ? word : word & ((1L << (length * 8)) - 1);
        }
        long word = 0;
        for (int i = length - 1; i >= 0; i--) {
            word = word << 8 | (text[from + i] & 0xff);
        }
        return word;
    }

    /// Turns A to Z into a to z in all eight bytes at once.
    static long lower(long word) {
        long heptets = word & ~HIGH_BITS;
        long aboveZ = heptets + 0x2525252525252525L;
        long fromA = heptets + 0x3f3f3f3f3f3f3f3fL;
        long upper = (fromA ^ aboveZ) & ~word & HIGH_BITS;
        return word | upper >>> 2;
    }
}
