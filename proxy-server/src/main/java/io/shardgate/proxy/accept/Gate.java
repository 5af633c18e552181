package io.shardgate.proxy.accept;

import io.shardgate.proxy.catalog.Databases;
import io.shardgate.proxy.catalog.RoleVerifiers;
import io.shardgate.proxy.session.SessionServices;
import org.jspecify.annotations.Nullable;

/// What it takes to let clients in. Immutable.
///
/// @param tls null when TLS is refused; lent
/// @param mockSecret makes the exchange with an unknown role look like any other
@SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
public record Gate(
    SessionServices services, RoleVerifiers roles, Databases databases, @Nullable ServerTls tls, byte[] mockSecret) {}
