//! Requests of our own invention in the benchmark's formats, from the data file to the plan file.

mod travelplanner;
mod trips;
