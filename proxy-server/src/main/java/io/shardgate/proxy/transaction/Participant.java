package io.shardgate.proxy.transaction;

import io.shardgate.directory.ShardId;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.SettingsVector;
import java.util.ArrayList;
import java.util.List;

/// One shard's part in a session: its conversation, and how far the session's transaction, savepoints and settings are known there.
/// Confined to its channel's event loop.
public final class Participant {
  private final Conversation conversation;
  private SettingsVector atBegin;
  private List<SettingsVector> atSavepoints = List.of();
  private boolean poisoned;
  private boolean pinned;

  public Participant(Conversation conversation) {
    this.conversation = conversation;
    this.atBegin = conversation.state().applied();
  }

  public Conversation conversation() {
    return conversation;
  }

  public ShardId shard() {
    return conversation.shard();
  }

  /// Whether something that PREPARE TRANSACTION refuses (temporary objects, NOTIFY, WITH HOLD, exported snapshots) may have run here.
  public boolean isPoisoned() {
    return poisoned;
  }

  public void poison() {
    poisoned = true;
  }

  /// Whether its connection is the session's own beyond the transaction, so that no other can take its place.
  public boolean isPinned() {
    return pinned;
  }

  public void pinned(boolean value) {
    pinned = value;
  }

  /// Whether the server has the block open and knows the settings and all savepoints.
  boolean isCurrent(boolean block, int savepoints, SettingsVector wanted) {
    return conversation.inBlock() == block
        && atSavepoints.size() == savepoints
        && conversation.state().applied().equals(wanted);
  }

  void begun() {
    atBegin = conversation.state().applied();
    atSavepoints = List.of();
    conversation.inBlock(true);
    conversation.wrote(false);
    poisoned = false;
  }

  int savepoints() {
    return atSavepoints.size();
  }

  void savepointMade() {
    if (atSavepoints.isEmpty()) {
      atSavepoints = new ArrayList<>();
    }
    atSavepoints.add(conversation.state().applied());
  }

  void savepointsLeft(int count) {
    while (atSavepoints.size() > count) {
      atSavepoints.removeLast();
    }
  }

  /// ROLLBACK TO the savepoint at that index was answered.
  void rolledBackTo(int index) {
    conversation.state().applied(atSavepoints.get(index));
    savepointsLeft(index + 1);
  }

  /// The block ended there.
  public void ended(boolean committed) {
    if (conversation.inBlock()) { // outside, nothing takes settings back
      conversation.state().applied(committed ? conversation.state().applied().withoutLocal() : atBegin);
    }
    conversation.inBlock(false);
    conversation.wrote(false);
    atSavepoints = List.of();
    poisoned = false;
  }
}
