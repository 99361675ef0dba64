# A worker that is cut off stops by itself before its parts run elsewhere. When
# it comes back it has nothing and gets nothing that is not waiting.
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
running
    A-in-1 on w1, 1.1, running
    A-sum-1 on w2, 1.2, running
cut w2
tick 1s 3
running
    A-in-1 on w1, 1.1, running
    A-sum-1 on w2, 1.2, running
tick 1s
running
    A-in-1 on w1, 1.1, running
tick 1s 3
    9s app A is deploying, 1 of 2
    9s deploy A-sum-1/1.3 on w1
    10s app A is active, 2 of 2
running
    A-in-1 on w1, 1.1, running
    A-sum-1 on w1, 1.3, running
join w2
tick 1s 3
running
    A-in-1 on w1, 1.1, running
    A-sum-1 on w1, 1.3, running
