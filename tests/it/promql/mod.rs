//! Every `PromQL` expression that the project ships, against the tables of its metric families.
//!
//! `bundled` asks the files; `sources` reads the expressions out of them and `grafana` fills in what Grafana would;
//! `vocabulary` knows the families with their labels and label values, `recorded` adds what the rules record;
//! `infer` walks an expression and says what is wrong with it; `examples` shows that it does.

mod bundled;
mod examples;
mod functions;
mod grafana;
mod infer;
mod operators;
mod recorded;
mod selectors;
mod shape;
mod sources;
mod vocabulary;
