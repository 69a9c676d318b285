//! The formula language: parse, check, print, evaluate, trace.
