# A part that fails while it runs is stopped and placed again; its siblings run on.
add-worker w1
add-worker w2
deploy A in sum
tick 1s 4
    1s app A is waiting, 0 of 2: its topics are not there yet
    1s topics A[A_in: 1 partition A_sum: 1 partition]
    2s app A is deploying, 0 of 2
    2s deploy A-in-1/1.1 on w1
    2s deploy A-sum-1/1.2 on w2
    3s app A is active, 2 of 2
break w1 A-in-1
tick 1s
    5s app A is degraded, 1 of 2: sink log: disk full
state
    app A is degraded, 1 of 2: sink log: disk full
    A-in-1: failed on w1, 1.1: sink log: disk full
    A-sum-1: active on w2, 1.2
tick 1s 6
    6s undeploy A-in-1/1.1 on w1
    7s app A is deploying, 1 of 2
    7s deploy A-in-1/1.3 on w2
    8s app A is active, 2 of 2
state
    app A is active, 2 of 2
    A-in-1: active on w2, 1.3
    A-sum-1: active on w2, 1.2
running
    A-in-1 on w2, 1.3, running
    A-sum-1 on w2, 1.2, running
