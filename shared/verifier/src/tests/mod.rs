//! Two hand-made plans that hold, what breaks them, what does not, and that nothing makes the verifier panic.

mod fixture;
mod journey;
mod journey_mutations;
mod kit;
mod mangling;
mod mutations;
mod variations;
