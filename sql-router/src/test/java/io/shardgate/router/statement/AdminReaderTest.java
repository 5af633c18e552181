package io.shardgate.router.statement;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import io.shardgate.router.statement.AdminStatement.Place;
import io.shardgate.router.statement.SessionStatement.ShowShardgate.Topic;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AdminReaderTest {
    private static Statement read(String sql) {
        return StatementReader.read(new Lexer().statements(sql.getBytes(StandardCharsets.UTF_8), LexicalRules.DEFAULT).getFirst());
    }

    @ParameterizedTest
    @EnumSource(Topic.class)
    void everyTopicOfShowIsAStatementToo(Topic topic) {
        assertThat(read("SHARDGATE " + topic)).isEqualTo(new AdminStatement.Show(topic));
        assertThat(read("shardgate " + topic.name().toLowerCase(java.util.Locale.ROOT) + " -- x")).isEqualTo(new AdminStatement.Show(topic));
    }

    @Test
    void aTopologyIsAStringOfAnyKind() {
        assertThat(read("SHARDGATE APPLY 'home: s1''s'")).isEqualTo(new AdminStatement.Apply("home: s1's", null));
        assertThat(read("SHARDGATE APPLY E'a\\nb' IF VERSION 7")).isEqualTo(new AdminStatement.Apply("a\nb", 7L));
        assertThat(read("SHARDGATE DIFF $y$groups: { 'a' }\n$y$")).isEqualTo(new AdminStatement.Diff("groups: { 'a' }\n"));
    }

    @Test
    void placesAreKeysOrPositions() {
        assertThat(read("SHARDGATE SPLIT customer AT POSITION -9223372036854775808"))
            .isEqualTo(new AdminStatement.Split("customer", new Place.Position(Long.MIN_VALUE)));
        assertThat(read("SHARDGATE SPLIT \"My group\" AT KEY 'Ä''s'")).isEqualTo(new AdminStatement.Split("My group", new Place.Key("Ä's")));
        assertThat(read("SHARDGATE MERGE 'customer' AT KEY -5")).isEqualTo(new AdminStatement.Merge("customer", new Place.Key("-5")));
    }

    @Test
    void theOthersAreRead() {
        assertThat(read("SHARDGATE ASSIGN tenant 'acme' TO s2")).isEqualTo(new AdminStatement.Assign("tenant", "acme", "s2"));
        assertThat(read("SHARDGATE ASSIGN tenant 7 TO 's-2'")).isEqualTo(new AdminStatement.Assign("tenant", "7", "s-2"));
        assertThat(read("SHARDGATE VERIFY SCHEMA")).isEqualTo(new AdminStatement.VerifySchema());
        assertThat(read("SHARDGATE UNINSTALL")).isEqualTo(new AdminStatement.Uninstall(null));
        assertThat(read("SHARDGATE UNINSTALL CONFIRM 'yes, all'")).isEqualTo(new AdminStatement.Uninstall("yes, all"));
        assertThat(((AdminStatement.Route) read("SHARDGATE ROUTE SELECT * FROM t WHERE a = $1")).body()).extracting(Lexed::parameterCount, Object::toString)
            .containsExactly(1, "SELECT * FROM t WHERE a = $1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '"', value = {
        "SHARDGATE; 1", "SHARDGATE nonsense; 1", "SHARDGATE 'apply'; 1", "SHARDGATE APPLY; 2", "SHARDGATE APPLY topology; 2", "SHARDGATE APPLY 'a' 'b'; 3",
        "SHARDGATE APPLY 'a' IF VERSION x; 5", "SHARDGATE APPLY 'a' IF VERSION 1.5; 5", "SHARDGATE APPLY 'a' IF VERSION 99999999999999999999; 5",
        "SHARDGATE SPLIT; 2", "SHARDGATE SPLIT g; 3", "SHARDGATE SPLIT g AT 5; 4", "SHARDGATE SPLIT g AT KEY a; 5", "SHARDGATE SPLIT g AT KEY 'a' now; 6",
        "SHARDGATE ASSIGN g 'k'; 4", "SHARDGATE ASSIGN g 'k' TO; 5", "SHARDGATE ROUTE; 2", "SHARDGATE VERIFY; 2", "SHARDGATE UNINSTALL CONFIRM; 3",
        "SHARDGATE UNINSTALL 'yes'; 2", "SHARDGATE MAP customer; 2",
    })
    void whatCantBeReadSaysWhereAndWhatWasExpected(String sql, int token) {
        Statement read = read(sql);
        assertThat(read).isInstanceOf(AdminStatement.Unknown.class);
        assertThat(((AdminStatement.Unknown) read).token()).isEqualTo(token);
        assertThat(((AdminStatement.Unknown) read).expected()).isNotBlank();
    }
}
