# The leader dies between saving a placement and its effect: the next one finds out what runs.
add-worker w1
deploy A in
tick 1s
    1s app A is waiting, 0 of 1: its topics are not there yet
    1s topics A[A_in: 1 partition]
cut w1
tick 1s
    2s app A is deploying, 0 of 1
    2s deploy A-in-1/1.1 on w1
new-leader
tick 1s
    3s app A is deploying, 0 of 1
    3s topics A[A_in: 1 partition]
state
    app A is deploying, 0 of 1
    A-in-1: deploying on w1, 1.1
join w1
tick 1s 6
    4s app A is deploying, 0 of 1: worker w1 has lost it
    4s undeploy A-in-1/1.1 on w1
    5s app A is deploying, 0 of 1
    5s deploy A-in-1/2.1 on w1
    6s app A is active, 1 of 1
state
    app A is active, 1 of 1
    A-in-1: active on w1, 2.1
running
    A-in-1 on w1, 2.1, running
