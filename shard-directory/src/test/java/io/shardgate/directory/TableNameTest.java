package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TableNameTest {
  @Test
  void namesAreExactAndInPublicUnlessSaid() {
    assertThat(TableName.parse("Orders")).isEqualTo(new TableName("public", "Orders"));
    assertThat(TableName.parse("crm.orders")).isEqualTo(new TableName("crm", "orders"));
    assertThat(TableName.parse("\"a.b\".\"c\"\"d\"")).isEqualTo(new TableName("a.b", "c\"d"));
    assertThat(TableName.parse("\"orders\"")).isEqualTo(TableName.parse("orders"));
  }

  @Test
  void whatIsShownIsReadBack() {
    for (TableName name : new TableName[] {new TableName("public", "a"), new TableName("s", "T"), new TableName("a.b", "c\"d"),
        new TableName("public", "with space"), new TableName("public", "é")}) {
      assertThat(TableName.parse(name.toString())).isEqualTo(name);
    }
  }

  @Test
  void malformedNamesAreRefused() {
    for (String bad : new String[] {"", ".", "a.", ".a", "a.b.c", "\"a", "\"a\"b", "a\"b\"", "a b", "\"\"", "x".repeat(64), "é".repeat(32)}) {
      assertThatThrownBy(() -> TableName.parse(bad)).as(bad).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
