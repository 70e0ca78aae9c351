//! The registry of the process's own instruments.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry};

use super::configuration::Configuration;
use super::connectivity::ConnectivityCollector;
use super::encode;
use super::families::BUILD_INFO;
use super::process::ProcessCollector;
use super::requests::Requests;
use super::state_file::StateFile;
use crate::exposition::format::Format;
use crate::exposition::select::{Selection, stem};
use crate::instrument::Instrument;
use crate::state::Store;

/// Everything the process says about itself.
#[derive(Debug)]
pub struct Own {
    registry: RwLock<Registry>,
    /// What of it the page of a probe has too.
    network: RwLock<Registry>,
    configuration: Arc<Configuration>,
    state_file: Arc<StateFile>,
    requests: Requests,
}

impl Own {
    /// The families of [`super::own_families`].
    pub fn new() -> Self {
        let mut registry = Registry::default();
        register(&mut registry, &BUILD_INFO, build_info());
        let requests = Requests::new(&mut registry);
        let configuration = Arc::new(Configuration::default());
        registry.register_collector(Box::new(Arc::clone(&configuration)));
        let state_file = Arc::new(StateFile::default());
        registry.register_collector(Box::new(Arc::clone(&state_file)));
        registry.register_collector(Box::new(ProcessCollector));
        Self {
            registry: RwLock::new(registry),
            network: RwLock::default(),
            configuration,
            state_file,
            requests,
        }
    }

    /// Lets others register instruments of their own; the names must be new.
    pub fn register(&self, registrar: impl FnOnce(&mut Registry)) {
        registrar(&mut self.registry.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Shows what the connectivity check says in `store`; once per process.
    pub fn show_connectivity(&self, store: Arc<Store>) {
        let collector = ConnectivityCollector(store);
        let mut network = self.network.write().unwrap_or_else(PoisonError::into_inner);
        network.register_collector(Box::new(collector.clone()));
        self.register(|registry| registry.register_collector(Box::new(collector)));
    }

    /// Notes that the configuration with this hash is in force since `at`.
    pub fn config_loaded(&self, hash: &str, at: Timestamp) {
        self.configuration.loaded(hash, at);
    }

    /// Notes that a configuration was refused; the one before it stays in force.
    pub fn config_refused(&self) {
        self.configuration.refused();
    }

    /// Notes that the state file was written at `at`.
    pub fn state_file_written(&self, at: Timestamp) {
        self.state_file.written(at);
    }

    /// Notes that the state file could not be written; the one before it is still there.
    pub fn state_file_failed(&self) {
        self.state_file.failed();
    }

    /// The instruments of the HTTP server.
    pub fn requests(&self) -> &Requests {
        &self.requests
    }

    /// The selected families in `format`, without the end of the page; nothing where a target was selected.
    pub fn render(&self, selection: &Selection, format: Format) -> Vec<u8> {
        if !selection.has_own() {
            return Vec::new();
        }
        let registry = self.registry.read().unwrap_or_else(PoisonError::into_inner);
        encode::render(&registry, selection, format)
    }

    /// What the connectivity check found, if its family is selected, without the end of the page: for pages of one target
    /// that are scraped without the rest of the process's own families.
    pub fn render_connectivity(&self, selection: &Selection, format: Format) -> Vec<u8> {
        let network = self.network.read().unwrap_or_else(PoisonError::into_inner);
        encode::render(&network, selection, format)
    }
}

impl Default for Own {
    fn default() -> Self {
        Self::new()
    }
}

/// Registers `metric` under the family's name and help, without what the registry adds to both.
pub(super) fn register(registry: &mut Registry, family: &Instrument, metric: impl Metric) {
    registry.register(stem(family.name), family.help.trim_end_matches('.'), metric);
}

fn build_info() -> Info<[(&'static str, &'static str); 3]> {
    Info::new([
        ("version", env!("CARGO_PKG_VERSION")),
        ("revision", env!("WEBCHAT_EXPORTER_REVISION")),
        ("rustversion", env!("WEBCHAT_EXPORTER_RUSTVERSION")),
    ])
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use prometheus_client::encoding::prometheus_protobuf::prometheus_data_model::MetricFamily;
    use prometheus_client::metrics::counter::Counter;
    use prometheus_client::metrics::family::Family;
    use prost::Message;

    use super::*;
    use crate::exposition::own::own_families;
    use crate::exposition::strict_parser;
    use crate::state::Connectivity;

    fn filled() -> Own {
        let own = Own::new();
        own.config_loaded("abc", Timestamp::from_second(1_772_452_800).unwrap());
        own.state_file_written(Timestamp::from_second(1_772_452_805).unwrap());
        own.requests().begin("/metrics").answered(StatusCode::OK);
        let store = Store::default();
        store.set_connectivity(Some(Connectivity::default().after(true, false, Timestamp::UNIX_EPOCH)));
        own.show_connectivity(Arc::new(store));
        own
    }

    fn text(own: &Own, names: &[&str], format: Format) -> String {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let selection = Selection { names, ..Selection::default() };
        String::from_utf8(own.render(&selection, format)).unwrap()
    }

    fn families(own: &Own) -> Vec<MetricFamily> {
        let page = own.render(&Selection::default(), Format::Protobuf);
        let (mut page, mut families) = (page.as_slice(), Vec::new());
        while !page.is_empty() {
            families.push(MetricFamily::decode_length_delimited(&mut page).unwrap());
        }
        families
    }

    #[test]
    fn the_classic_text_names_families_as_their_samples() {
        let own = filled();
        let shown = [
            "webchat_exporter_config",
            "webchat_exporter_config_last_reload_successful",
            "webchat_exporter_config_last_reload_success_timestamp_seconds",
            "webchat_exporter_http_requests",
        ];
        assert_eq!(
            text(&own, &shown, Format::Classic),
            "# HELP webchat_exporter_http_requests_total HTTP requests answered by this process.\n\
             # TYPE webchat_exporter_http_requests_total counter\n\
             webchat_exporter_http_requests_total{handler=\"/metrics\",code=\"200\"} 1\n\
             # HELP webchat_exporter_config_last_reload_successful 1 if the configuration was accepted when it \
             was last read, else 0 and the one before is in force.\n\
             # TYPE webchat_exporter_config_last_reload_successful gauge\n\
             webchat_exporter_config_last_reload_successful 1\n\
             # HELP webchat_exporter_config_last_reload_success_timestamp_seconds Unix time at which the \
             configuration in force was read, in seconds.\n\
             # TYPE webchat_exporter_config_last_reload_success_timestamp_seconds gauge\n\
             webchat_exporter_config_last_reload_success_timestamp_seconds 1772452800.0\n\
             # HELP webchat_exporter_config_info Hash of the configuration in force.\n\
             # TYPE webchat_exporter_config_info gauge\n\
             webchat_exporter_config_info{hash=\"abc\"} 1\n"
        );
    }

    #[test]
    fn openmetrics_text_names_families_without_the_suffix() {
        assert_eq!(
            text(&filled(), &["webchat_exporter_config_info"], Format::OpenMetrics),
            "# HELP webchat_exporter_config Hash of the configuration in force.\n\
             # TYPE webchat_exporter_config info\n\
             webchat_exporter_config_info{hash=\"abc\"} 1\n"
        );
    }

    #[test]
    fn connectivity_is_shown_once_a_check_of_it_ended() {
        let (own, store) = (Own::new(), Arc::new(Store::default()));
        own.show_connectivity(Arc::clone(&store));
        let shown = |format| text(&own, &["webchat_connectivity_up"], format);
        let help = "1 if the newest check of this exporter's own network was answered, else 0; only where \
                    connectivity is configured.";
        let page = |value: u8| {
            let head =
                format!("# HELP webchat_connectivity_up {help}\n# TYPE webchat_connectivity_up gauge\n");
            format!("{head}webchat_connectivity_up {value}\n")
        };
        for (connectivity, expected) in [
            (None, String::new()),
            (Some(Connectivity::default()), String::new()),
            (Some(Connectivity::default().after(false, true, Timestamp::UNIX_EPOCH)), page(0)),
            (Some(Connectivity::default().after(true, false, Timestamp::UNIX_EPOCH)), page(1)),
            (None, String::new()),
        ] {
            store.set_connectivity(connectivity);
            for format in [Format::Classic, Format::OpenMetrics] {
                assert_eq!(shown(format), expected, "{connectivity:?}");
                let alone = own.render_connectivity(&Selection::default(), format);
                assert_eq!(String::from_utf8(alone).unwrap(), expected, "{connectivity:?}");
            }
        }
        store.set_connectivity(Some(Connectivity::default().after(true, false, Timestamp::UNIX_EPOCH)));
        let other = Selection { names: vec!["webchat_target_up".to_owned()], ..Selection::default() };
        assert_eq!(own.render_connectivity(&other, Format::Classic), b"");
    }

    #[test]
    fn a_refused_configuration_leaves_the_one_before_in_force() {
        let own = filled();
        own.config_refused();
        let page = text(&own, &[], Format::Classic);
        assert!(page.contains("\nwebchat_exporter_config_last_reload_successful 0\n"));
        assert!(page.contains("\nwebchat_exporter_config_info{hash=\"abc\"} 1\n"));
    }

    #[test]
    fn the_state_file_is_reported_only_where_there_is_one() {
        let names = [
            "webchat_exporter_state_file_last_write_successful",
            "webchat_exporter_state_file_last_write_timestamp_seconds",
        ];
        let samples = |own: &Own| {
            let page = text(own, &names, Format::Classic);
            page.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(samples(&Own::new()), [""; 0]);
        let own = filled();
        let timestamp = "webchat_exporter_state_file_last_write_timestamp_seconds 1772452805.0";
        assert_eq!(samples(&own), ["webchat_exporter_state_file_last_write_successful 1", timestamp]);
        own.state_file_failed();
        assert_eq!(samples(&own), ["webchat_exporter_state_file_last_write_successful 0", timestamp]);
    }

    #[test]
    fn units_are_dropped_and_empty_families_left_out_where_others_register() {
        let own = Own::new();
        let waited: Counter<f64, std::sync::atomic::AtomicU64> = Counter::default();
        own.register(|registry| {
            let unit = prometheus_client::registry::Unit::Seconds;
            registry.register_with_unit("waited", "Time waited", unit, waited);
            registry.register("never", "Never", Family::<Vec<(String, String)>, Counter>::default());
        });
        assert_eq!(
            text(&own, &["waited_seconds", "never"], Format::Classic),
            "# HELP waited_seconds_total Time waited.\n# TYPE waited_seconds_total counter\n\
             waited_seconds_total 0.0\n"
        );
        assert_eq!(
            text(&own, &["waited_seconds_total"], Format::OpenMetrics),
            "# HELP waited_seconds Time waited.\n# TYPE waited_seconds counter\n# UNIT waited_seconds seconds\n\
             waited_seconds_total 0.0\n"
        );
    }

    #[test]
    fn the_table_and_the_pages_hold_the_same_families() {
        let own = filled();
        let table: Vec<&str> = own_families().iter().map(|family| family.name).collect();
        let mut sorted = table.clone();
        sorted.sort_unstable();
        let protobuf = families(&own);
        let mut names: Vec<&str> = protobuf.iter().map(|family| family.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, sorted);
        let page = text(&own, &[], Format::Classic);
        for family in own_families() {
            let kind = if family.kind == "info" { "gauge" } else { family.kind };
            let head = format!("# HELP {0} {1}\n# TYPE {0} {kind}\n", family.name, family.help);
            assert!(page.contains(&head), "{head}");
            let encoded = protobuf.iter().find(|encoded| encoded.name == family.name).unwrap();
            assert_eq!(encoded.help, family.help);
        }
    }

    #[test]
    fn every_text_page_is_well_formed() {
        for format in [Format::Classic, Format::OpenMetrics] {
            let page = text(&filled(), &[], format);
            let samples = strict_parser::parse(&page).unwrap();
            let bucket = samples.iter().filter(|sample| sample.name.ends_with("_duration_seconds_bucket"));
            assert_eq!(bucket.count(), 13);
            let memory = samples.iter().find(|sample| sample.name == "process_resident_memory_bytes");
            assert!(memory.is_some_and(|sample| sample.value > 1e6));
        }
    }

    #[test]
    fn a_request_is_in_flight_until_it_is_answered_or_given_up() {
        let own = Own::new();
        let in_flight = |own: &Own| {
            let page = text(own, &["webchat_exporter_http_requests_in_flight"], Format::Classic);
            page.lines().last().unwrap().to_owned()
        };
        let (first, second) = (own.requests().begin("/probe"), own.requests().begin("/metrics"));
        assert_eq!(in_flight(&own), "webchat_exporter_http_requests_in_flight 2");
        drop(first);
        second.answered(StatusCode::OK);
        assert_eq!(in_flight(&own), "webchat_exporter_http_requests_in_flight 0");
    }

    #[test]
    fn a_selected_target_leaves_the_process_out() {
        let selection = Selection { targets: vec!["desk".into()], ..Selection::default() };
        assert!(filled().render(&selection, Format::Classic).is_empty());
    }
}
