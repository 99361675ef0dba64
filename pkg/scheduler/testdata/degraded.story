# What fits runs, the rest waits with its reason and starts when there is room.
add-worker w1 capacity=2
deploy A in sum*3
tick 1s 4
    1s app A is waiting, 0 of 4: its topics are not there yet
    1s topics A[A_in: 1 partition A_sum: 1 partition]
    2s app A is waiting, 0 of 4: place A-sum-2: not enough workers: 1 of 1 ready workers are full
    2s deploy A-in-1/1.1 on w1
    2s deploy A-sum-1/1.2 on w1
    3s app A is degraded, 2 of 4: place A-sum-2: not enough workers: 1 of 1 ready workers are full
state
    app A is degraded, 2 of 4: place A-sum-2: not enough workers: 1 of 1 ready workers are full
    A-in-1: active on w1, 1.1
    A-sum-1: active on w1, 1.2
    A-sum-2: waiting: place A-sum-2: not enough workers: 1 of 1 ready workers are full
    A-sum-3: waiting: place A-sum-3: not enough workers: 1 of 1 ready workers are full
add-worker w2 capacity=2
tick 1s 4
    5s app A is deploying, 2 of 4
    5s deploy A-sum-2/1.3 on w2
    5s deploy A-sum-3/1.4 on w2
    6s app A is active, 4 of 4
state
    app A is active, 4 of 4
    A-in-1: active on w1, 1.1
    A-sum-1: active on w1, 1.2
    A-sum-2: active on w2, 1.3
    A-sum-3: active on w2, 1.4
