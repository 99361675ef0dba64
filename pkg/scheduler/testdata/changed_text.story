# A changed app: the old text has stopped before the new one starts.
add-worker w1
deploy A in sum
tick 1s 4
    1s app A is waiting, 0 of 2: its topics are not there yet
    1s topics A[A_in: 1 partition A_sum: 1 partition]
    2s app A is deploying, 0 of 2
    2s deploy A-in-1/1.1 on w1
    2s deploy A-sum-1/1.2 on w1
    3s app A is active, 2 of 2
deploy A in sum out v=2
tick 1s 6
    5s app A is waiting, 0 of 3: the app has changed
    5s topics A[A_in: 1 partition A_sum: 1 partition A_out: 1 partition]
    5s undeploy A-in-1/1.1 on w1
    5s undeploy A-sum-1/1.2 on w1
    6s app A is deploying, 0 of 3
    6s deploy A-in-1/1.3 on w1
    6s deploy A-out-1/1.5 on w1
    6s deploy A-sum-1/1.4 on w1
    7s app A is active, 3 of 3
state
    app A is active, 3 of 3
    A-in-1: active on w1, 1.3
    A-out-1: active on w1, 1.5
    A-sum-1: active on w1, 1.4
running
    A-in-1 on w1, 1.3, running
    A-out-1 on w1, 1.5, running
    A-sum-1 on w1, 1.4, running
