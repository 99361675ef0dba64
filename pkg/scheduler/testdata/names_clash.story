# Two apps whose parts would have the same names: the one that was there first runs.
add-worker w1
deploy A b-c
deploy A-b c
tick 1s 4
    1s app A is waiting, 0 of 1: its topics are not there yet
    1s app A-b is failed, 0 of 1: apps A and A-b both have a partial app A-b-c-1: rename one of the apps or execGroups
    1s topics A[A_b-c: 1 partition]
    2s app A is deploying, 0 of 1
    2s deploy A-b-c-1/1.1 on w1
    3s app A is active, 1 of 1
state
    app A is active, 1 of 1
    app A-b is failed, 0 of 1: apps A and A-b both have a partial app A-b-c-1: rename one of the apps or execGroups
    A-b-c-1: active on w1, 1.1
undeploy A
tick 1s 5
    5s app A is undeploying, 0 of 0
    5s app A-b is deploying, 0 of 1: the app has changed
    5s topics A-b[A-b_c: 1 partition]
    5s undeploy A-b-c-1/1.1 on w1
    6s app A-b is deploying, 0 of 1
    6s deploy A-b-c-1/1.2 on w1
    6s delete topics A[A_b-c: 1 partition]
    7s app A is gone, 0 of 0
    7s app A-b is active, 1 of 1
state
    app A-b is active, 1 of 1
    A-b-c-1: active on w1, 1.2
running
    A-b-c-1 on w1, 1.2, running
