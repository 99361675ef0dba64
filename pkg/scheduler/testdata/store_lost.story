# The store was lost: what workers run that no record explains is stopped, and
# nothing is placed while it still runs somewhere.
add-worker w1
add-worker w2
deploy A in
tick 1s 4
    1s app A is waiting, 0 of 1: its topics are not there yet
    1s topics A[A_in: 1 partition]
    2s app A is deploying, 0 of 1
    2s deploy A-in-1/1.1 on w1
    3s app A is active, 1 of 1
lose-store
new-leader
tick 1s 6
    5s app A is waiting, 0 of 1: its topics are not there yet
    5s topics A[A_in: 1 partition]
    5s undeploy A-in-1/1.1 on w1
    6s app A is deploying, 0 of 1
    6s deploy A-in-1/2.1 on w1
    7s app A is active, 1 of 1
state
    app A is active, 1 of 1
    A-in-1: active on w1, 2.1
running
    A-in-1 on w1, 2.1, running
