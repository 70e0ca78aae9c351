//! The configuration of the daemon in a demo: a target per simulator, with everything switched on that has data.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::demo::world::Addresses;

/// Days until the first maintenance window: it is shown ahead of time, and no visitor waits for it.
const DAYS_BEFORE_MAINTENANCE: i32 = 2;

/// The text of a configuration file for simulators at these addresses, for a demo that begins on `today`.
///
/// Limits are set so that an ordinary day stays clear of most of them, and a surge or an outage does not.
pub(super) fn configuration(addresses: &Addresses, today: Date) -> String {
    let first = today.saturating_add(DAYS_BEFORE_MAINTENANCE.days());
    TEMPLATE
        .replace("{chime}", &addresses.chime.to_string())
        .replace("{comm100}", &addresses.comm100.to_string())
        .replace("{egain}", &addresses.egain.to_string())
        .replace("{xima}", &addresses.xima.to_string())
        .replace("{first_maintenance}", &first.to_string())
}

const TEMPLATE: &str = r"# The demo: four simulators on loopback that show one contact centre.
global:
  interval: 5s
  timeout: 4s

rate_limits:
  - host: 127.0.0.1
    requests: 12000
    per: 5m

maintenance:
  - targets: [bank-chat]
    channels: [Mortgages]
    description: core banking upgrade
    timezone: Europe/London
    weekly:
      wed: ['02:00-04:00']
      sun: ['02:00-04:00']
    from: {first_maintenance}

targets:
  - name: service-desk
    labels: { site: london, team: it }
    thresholds:
      longest_wait: { degraded: 60s, down: 10m }
      average_wait: { degraded: 90s, down: 10m }
      agents_online: { degraded_below: 2, down_below: 1 }
    chime:
      base_url: http://{chime}/Chime/Api
      timezone: UTC
      collectors:
        outages: { outage_history: true }
        web_clients: { enabled: true, interval: 30s }
        agents: { enabled: true, interval: 15s, per_agent: true }

  - name: web-shop
    labels: { site: vancouver, team: sales }
    http:
      oauth2:
        token_url: http://{comm100}/oauth/token
        grant_type: password
        client_id: 00000000-0000-4000-8000-000000000000
        email: monitor@example.com
        password: demo
    thresholds:
      longest_wait: { degraded: 60s, down: 10m }
      average_wait: { degraded: 90s, down: 10m }
      queue_length: { degraded: 6, down: 30 }
      agents_online: { degraded_below: 2, down_below: 1 }
      free_slots: { degraded_below: 1 }
      utilization: { degraded: 0.95 }
    comm100:
      base_url: http://{comm100}/v4
      collectors:
        agents: { per_agent: true, agent_names: true }

  - name: bank-chat
    labels: { site: leeds, team: retail }
    thresholds:
      estimated_wait: { degraded: 2m, down: 15m }
      queue_length: { degraded: 5, down: 30 }
      free_slots: { degraded_below: 1 }
    egain:
      base_url: http://{egain}/system/egain/chat
      entry_points:
        - { id: 1000, name: Service Desk }
        - { id: 1001, name: Sales }
        - { id: 1002, name: Mortgages }

  - name: clinic
    labels: { site: leeds, team: reception }
    xima:
      base_url: http://{xima}
      installation_id: demo
      sqs:
        endpoint_url: http://{xima}
        queues:
          - http://{xima}/000000000000/mm-queue-1
          - http://{xima}/000000000000/mm-queue-2
      collectors:
        sqs_queues: { enabled: true }
";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use jiff::tz::TimeZone;

    use super::*;
    use crate::channel::maintenance::Outlook;
    use crate::channel::schedule::Maintenance;
    use crate::config;

    #[test]
    fn every_address_is_filled_in() {
        let address = |port: u16| format!("127.0.0.1:{port}").parse().unwrap();
        let addresses =
            Addresses { chime: address(1), comm100: address(2), egain: address(3), xima: address(4) };
        let text = configuration(&addresses, "2026-03-02".parse().unwrap());
        let urls: Vec<_> = text.split_whitespace().filter(|word| word.starts_with("http://")).collect();
        assert_eq!(
            urls,
            [
                "http://127.0.0.1:1/Chime/Api",
                "http://127.0.0.1:2/oauth/token",
                "http://127.0.0.1:2/v4",
                "http://127.0.0.1:3/system/egain/chat",
                "http://127.0.0.1:4",
                "http://127.0.0.1:4",
                "http://127.0.0.1:4/000000000000/mm-queue-1",
                "http://127.0.0.1:4/000000000000/mm-queue-2",
            ]
        );
    }

    #[test]
    fn the_configuration_is_a_valid_one_with_every_collector_on() {
        let address = "127.0.0.1:1".parse().unwrap();
        let addresses = Addresses { chime: address, comm100: address, egain: address, xima: address };
        let text = configuration(&addresses, "2026-03-02".parse().unwrap());
        let config = config::load_text(Path::new("demo"), &text).unwrap();
        let targets = config.targets.iter().map(|target| {
            let collectors: Vec<_> = target.collectors.iter().map(|collector| collector.name).collect();
            (target.name.as_str(), collectors.join(" "))
        });
        assert_eq!(
            targets.collect::<Vec<_>>(),
            [
                ("service-desk", "health_monitor queues queue_process outages web_clients agents".to_owned()),
                ("web-shop", "right_now queue agents today".to_owned()),
                ("bank-chat", "entry_points".to_owned()),
                ("clinic", "session credentials sqs_queues".to_owned()),
            ]
        );
    }

    #[test]
    fn maintenance_is_ahead_and_near_on_every_day_of_the_week() {
        let address = "127.0.0.1:1".parse().unwrap();
        let addresses = Addresses { chime: address, comm100: address, egain: address, xima: address };
        let monday: Date = "2026-03-02".parse().unwrap();
        for today in monday.series(1.day()).take(7) {
            let config = config::load_text(Path::new("demo"), &configuration(&addresses, today)).unwrap();
            let planned: Vec<&Maintenance> = config.maintenance.iter().collect();
            for hour in [0, 12, 23] {
                let now = today.at(hour, 30, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
                let outlook = Outlook::of(&planned, now);
                assert_eq!(outlook.current, None, "{now}");
                assert!(outlook.shown(now).is_some(), "{now}");
            }
        }
    }
}
