/// Plans remembered by what makes statements alike.
///
/// **In:** a key record made by the router (fingerprint, search_path, catalog version, map version …) and a plan, or a refusal.
/// **Out:** the plan again. **Never imported here:** plans, the catalog, the map: keys and values are the caller's types.
@NullMarked
package io.shardgate.router.cache;

import org.jspecify.annotations.NullMarked;
