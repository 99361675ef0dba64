# A worker that restarts before anybody noticed has lost its parts: they are
# placed anew, under new generations.
add-worker w1
deploy A in sum
tick 1s 4
    1s app A is waiting, 0 of 2: its topics are not there yet
    1s topics A[A_in: 1 partition A_sum: 1 partition]
    2s app A is deploying, 0 of 2
    2s deploy A-in-1/1.1 on w1
    2s deploy A-sum-1/1.2 on w1
    3s app A is active, 2 of 2
kill w1
start w1
tick 1s 5
    5s app A is deploying, 0 of 2: worker w1 has lost it
    5s undeploy A-in-1/1.1 on w1
    5s undeploy A-sum-1/1.2 on w1
    6s app A is deploying, 0 of 2
    6s deploy A-in-1/1.3 on w1
    6s deploy A-sum-1/1.4 on w1
    7s app A is active, 2 of 2
state
    app A is active, 2 of 2
    A-in-1: active on w1, 1.3
    A-sum-1: active on w1, 1.4
running
    A-in-1 on w1, 1.3, running
    A-sum-1 on w1, 1.4, running
