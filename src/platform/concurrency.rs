//! Several requests of one poll at the same time, so that one that hangs leaves room for the others.

use futures_util::stream::{self, StreamExt as _};

/// Runs `futures`, at most `limit` of them at a time, and returns their outputs in the order of the futures.
///
/// Any that ends makes room for the next one, so that those that hang hold back no other as long as they are fewer
/// than `limit`.
pub async fn in_order<F: Future>(futures: impl IntoIterator<Item = F>, limit: usize) -> Vec<F::Output> {
    let numbered: Vec<_> = futures
        .into_iter()
        .enumerate()
        .map(|(number, future)| async move { (number, future.await) })
        .collect();
    let mut outputs: Vec<_> = stream::iter(numbered).buffer_unordered(limit).collect().await;
    outputs.sort_unstable_by_key(|(number, _)| *number);
    outputs.into_iter().map(|(_, output)| output).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn outputs_are_in_order_though_the_first_waits_for_all_others() {
        let ended = Semaphore::new(0);
        let ended = &ended;
        let futures = (0..20_u32).map(|number| async move {
            if number == 0 {
                ended.acquire_many(19).await.unwrap().forget();
            } else {
                ended.add_permits(1);
            }
            number
        });
        assert_eq!(in_order(futures, 2).await, (0..20).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn no_more_than_the_limit_run_at_a_time() {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let futures = (0..20).map(|_| async {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            running.fetch_sub(1, Ordering::SeqCst);
        });
        in_order(futures, 3).await;
        assert_eq!(most.into_inner(), 3);
    }
}
