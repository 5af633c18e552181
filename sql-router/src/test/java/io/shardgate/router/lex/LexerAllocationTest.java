package io.shardgate.router.lex;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class LexerAllocationTest {
    private static final int ROUNDS = 20_000;
    /// The Lexed, its fingerprint, the list of one, and the heads of all arrays.
    private static final int FIXED_BYTES = 160;

    private final Lexer lexer = new Lexer();
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void aStatementCostsItsMarksAndLittleMore() {
        byte[] sql = "SELECT abalance FROM pgbench_accounts WHERE aid = 42 AND b LIKE 'x%'".getBytes(StandardCharsets.UTF_8);
        Lexed lexed = lexer.statements(sql, LexicalRules.DEFAULT).getFirst();
        int markBytes = Integer.BYTES * (lexed.size() * Lexed.INTS_PER_TOKEN + lexed.literalCount());
        run(sql);
        long before = threads.getCurrentThreadAllocatedBytes();
        long check = run(sql);
        long bytes = (threads.getCurrentThreadAllocatedBytes() - before) / ROUNDS;
        assertThat(check).isNotZero();
        assertThat(bytes).isLessThanOrEqualTo(markBytes + FIXED_BYTES);
    }

    @Test
    void readingNumbersOutOfLiteralsAllocatesNothing() {
        Lexed lexed = lexer.statements("SELECT 123456, 5".getBytes(StandardCharsets.UTF_8), LexicalRules.DEFAULT).getFirst();
        readAll(lexed);
        long before = threads.getCurrentThreadAllocatedBytes();
        long sum = readAll(lexed);
        assertThat((threads.getCurrentThreadAllocatedBytes() - before) / ROUNDS).isZero();
        assertThat(sum).isEqualTo(ROUNDS * 123461L);
    }

    private static long readAll(Lexed lexed) {
        long sum = 0;
        for (int i = 0; i < ROUNDS; i++) {
            sum += lexed.literalLong(0) + lexed.literalLong(1);
        }
        return sum;
    }

    private long run(byte[] sql) {
        long check = 0;
        for (int i = 0; i < ROUNDS; i++) {
            List<Lexed> statements = lexer.statements(sql, LexicalRules.DEFAULT);
            check += statements.getFirst().fingerprint().lo();
        }
        return check;
    }
}
