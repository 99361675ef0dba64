# Without workers an app waits and says why; it starts when there are enough.
min-workers 2
deploy A in
tick 1s 3
    1s app A is waiting, 0 of 1: its topics are not there yet
    1s topics A[A_in: 1 partition]
    2s app A is waiting, 0 of 1: place A-in-1: not enough workers: 0 ready, 2 needed
add-worker w1
tick 1s 2
    4s app A is waiting, 0 of 1: place A-in-1: not enough workers: 1 ready, 2 needed
state
    app A is waiting, 0 of 1: place A-in-1: not enough workers: 1 ready, 2 needed
    A-in-1: waiting: place A-in-1: not enough workers: 1 ready, 2 needed
add-worker w2
tick 1s 4
    6s app A is deploying, 0 of 1
    6s deploy A-in-1/1.1 on w1
    7s app A is active, 1 of 1
running
    A-in-1 on w1, 1.1, running
