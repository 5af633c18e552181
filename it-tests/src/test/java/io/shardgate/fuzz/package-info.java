/// # Fuzzing the doors
///
/// In: bytes that a fuzzer makes, guided by what they reach. Out: a kept case in `<class>Inputs` of the test resources for each that does harm, replayed by every run. The targets
/// here stand before a real proxy; those for text (SQL, admin statements, YAML) are in the modules that read it.
package io.shardgate.fuzz;
