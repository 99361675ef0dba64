# The same app again changes nothing, and a worker that joins takes nothing away.
add-worker w1
deploy A in sum*2
tick 1s 4
    1s app A is waiting, 0 of 3: its topics are not there yet
    1s topics A[A_in: 1 partition A_sum: 1 partition]
    2s app A is deploying, 0 of 3
    2s deploy A-in-1/1.1 on w1
    2s deploy A-sum-1/1.2 on w1
    2s deploy A-sum-2/1.3 on w1
    3s app A is active, 3 of 3
running
    A-in-1 on w1, 1.1, running
    A-sum-1 on w1, 1.2, running
    A-sum-2 on w1, 1.3, running
deploy A in sum*2
add-worker w2
tick 1s 10
running
    A-in-1 on w1, 1.1, running
    A-sum-1 on w1, 1.2, running
    A-sum-2 on w1, 1.3, running
