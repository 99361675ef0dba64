# Pass-through parts go to receivers, and only they do; without receivers they go anywhere.
add-worker r1 receiver
deploy A passthrough-S sum
tick 1s 4
    1s app A is waiting, 0 of 2: its topics are not there yet
    1s topics A[A_passthrough-S: 1 partition A_sum: 1 partition]
    2s app A is waiting, 0 of 2: place A-sum-1: not enough workers: all ready workers are receivers, which take pass-through parts only
    2s deploy A-passthrough-S-1/1.1 on r1
    3s app A is degraded, 1 of 2: place A-sum-1: not enough workers: all ready workers are receivers, which take pass-through parts only
state
    app A is degraded, 1 of 2: place A-sum-1: not enough workers: all ready workers are receivers, which take pass-through parts only
    A-passthrough-S-1: active on r1, 1.1
    A-sum-1: waiting: place A-sum-1: not enough workers: all ready workers are receivers, which take pass-through parts only
add-worker w1
tick 1s 4
    5s app A is deploying, 1 of 2
    5s deploy A-sum-1/1.2 on w1
    6s app A is active, 2 of 2
state
    app A is active, 2 of 2
    A-passthrough-S-1: active on r1, 1.1
    A-sum-1: active on w1, 1.2
kill r1
tick 1s 10
    13s app A is deploying, 1 of 2
    13s deploy A-passthrough-S-1/1.3 on w1
    14s app A is active, 2 of 2
state
    app A is active, 2 of 2
    A-passthrough-S-1: active on w1, 1.3
    A-sum-1: active on w1, 1.2
