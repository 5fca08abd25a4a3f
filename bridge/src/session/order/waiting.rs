//! Orders that wait for the task that takes them, as many as there may. tokio's channel takes eight hundred octets for each,
//! most of which are for many who wait at once; here that is one task, and most sessions are idle.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::task::coop;

/// Where orders come in.
pub(crate) struct Sender<T>(Arc<Waiting<T>>);

/// Where they come out.
pub(crate) struct Receiver<T>(Arc<Waiting<T>>);

struct Waiting<T> {
    max: usize,
    state: Mutex<State<T>>,
}

struct State<T> {
    orders: VecDeque<T>,
    /// Who waits for the next.
    waker: Option<Waker>,
    /// Whether one of the two ends is gone.
    is_over: bool,
}

/// Why an order does not wait, and the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsent<T> {
    /// As many wait as there may.
    Full(T),
    /// Nobody takes orders any more.
    Over(T),
}

/// Room for so many that wait.
pub(crate) fn waiting<T>(max: usize) -> (Sender<T>, Receiver<T>) {
    let state = State {
        orders: VecDeque::new(),
        waker: None,
        is_over: false,
    };
    let waiting = Arc::new(Waiting {
        max,
        state: Mutex::new(state),
    });
    (Sender(waiting.clone()), Receiver(waiting))
}

impl<T> Unsent<T> {
    /// The order.
    pub(crate) fn into_inner(self) -> T {
        match self {
            Unsent::Full(order) | Unsent::Over(order) => order,
        }
    }
}

impl<T> Sender<T> {
    /// Has an order wait, and wakes who takes it.
    ///
    /// # Errors
    /// When it does not wait; it comes back.
    pub(crate) fn try_send(&self, order: T) -> Result<(), Unsent<T>> {
        let mut state = self.0.lock();
        if state.is_over {
            return Err(Unsent::Over(order));
        }
        if state.orders.len() >= self.0.max {
            return Err(Unsent::Full(order));
        }
        state.orders.push_back(order);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }
}

impl<T> Receiver<T> {
    /// Waits for the next; none when there will be none any more. Nothing is lost when this is dropped before it is ready.
    pub(crate) async fn recv(&mut self) -> Option<T> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        // Who sends without end must not keep the thread from others.
        let turn = ready!(coop::poll_proceed(cx));
        let mut state = self.0.lock();
        let order = state.orders.pop_front();
        if order.is_some() || state.is_over {
            turn.made_progress();
            return Poll::Ready(order);
        }
        if !state
            .waker
            .as_ref()
            .is_some_and(|waker| waker.will_wake(cx.waker()))
        {
            state.waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl<T> Waiting<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Every change leaves what makes sense.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_over = true;
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_over = true;
        let orders = std::mem::take(&mut state.orders);
        drop(state);
        // Behind the lock: whoever asked is told by that.
        drop(orders);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn orders_come_out_as_they_came_in_and_no_more_wait_than_may() {
        let (sender, mut receiver) = waiting(2);
        for order in 1..=2 {
            sender.try_send(order).unwrap();
        }
        assert_eq!(sender.try_send(3), Err(Unsent::Full(3)));
        assert_eq!(receiver.recv().await, Some(1));
        sender.try_send(3).unwrap();
        assert_eq!(receiver.recv().await, Some(2));
        assert_eq!(receiver.recv().await, Some(3));
        let late = tokio::spawn(async move { (receiver.recv().await, receiver.recv().await) });
        tokio::task::yield_now().await;
        sender.try_send(4).unwrap();
        drop(sender);
        assert_eq!(late.await.unwrap(), (Some(4), None));
    }

    #[test]
    fn what_nobody_takes_any_more_comes_back_and_what_waited_goes() {
        let (sender, receiver) = waiting(2);
        let order = Arc::new(());
        sender.try_send(order.clone()).unwrap();
        drop(receiver);
        assert_eq!(Arc::strong_count(&order), 1);
        assert_eq!(sender.try_send(order.clone()), Err(Unsent::Over(order)));
    }

    #[tokio::test]
    async fn who_sends_without_end_leaves_others_their_turn() {
        let (sender, mut receiver) = waiting(1);
        let taking = async {
            loop {
                sender.try_send(()).unwrap();
                receiver.recv().await;
            }
        };
        let others = async { tokio::task::yield_now().await };
        tokio::select! {
            biased;
            () = taking => {}
            () = others => {}
        }
    }
}
