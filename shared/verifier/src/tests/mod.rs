//! A hand-made plan that holds, what breaks it, what does not, and that nothing makes the verifier panic.

mod fixture;
mod mangling;
mod mutations;
mod variations;
