package io.shardgate.router;

import io.shardgate.router.plan.Gathering;
import java.util.List;
import java.util.function.UnaryOperator;

/// The texts of one execution of a [io.shardgate.router.plan.Gathering].
///
/// @param gathering what is pulled: the plan's, or its reduction
/// @param leaves what each shard is asked for
/// @param last what the home shard runs over what they sent; a parameter's number −1 stands for the first array, −2 for the second …
public record Gathered(Gathering gathering, List<Leaf> leaves, Split.Piece last) {
  public Gathered {
    leaves = List.copyOf(leaves);
  }

  /// The same, whose texts were made of another one than the user's.
  ///
  /// @param users turns places in that text into places in the user's
  Gathered toldOf(UnaryOperator<int[]> users) {
    return new Gathered(gathering, leaves.stream().map(leaf -> new Leaf(leaf.piece.of(users.apply(leaf.piece.origins())), leaf.pulls)).toList(), last.of(users.apply(last.origins())));
  }

  /// One shard's part.
  ///
  /// @param pulls the references whose rows it sends; where they are several, each row begins with the int4 number of its own
  public record Leaf(Split.Piece piece, List<Integer> pulls) {
    public Leaf {
      pulls = List.copyOf(pulls);
    }
  }
}
