# Nothing is placed before its topics are there.
add-worker w1
topics topic A_in: no broker
deploy A in
tick 1s 10
    1s app A is waiting, 0 of 1: its topics are not there yet
    1s topics A[A_in: 1 partition]
    2s app A is waiting, 0 of 1: its topics are not there yet: topic A_in: no broker
    3s topics A[A_in: 1 partition]
    6s topics A[A_in: 1 partition]
state
    app A is waiting, 0 of 1: its topics are not there yet: topic A_in: no broker
    A-in-1: waiting: its topics are not there yet: topic A_in: no broker
topics
tick 1s 12
    11s topics A[A_in: 1 partition]
    12s app A is deploying, 0 of 1
    12s deploy A-in-1/1.1 on w1
    13s app A is active, 1 of 1
state
    app A is active, 1 of 1
    A-in-1: active on w1, 1.1
