# The app is removed while a worker is cut off; the worker keeps its parts until
# its time is up. And what nobody wants is stopped when a worker reports it.
add-worker w1
add-worker w2
deploy A in*2
tick 1s 4
    1s app A is waiting, 0 of 2: its topics are not there yet
    1s topics A[A_in: 1 partition]
    2s app A is deploying, 0 of 2
    2s deploy A-in-1/1.1 on w1
    2s deploy A-in-2/1.2 on w2
    3s app A is active, 2 of 2
cut w1
undeploy A
tick 1s 2
    5s app A is undeploying, 0 of 0
    5s undeploy A-in-1/1.1 on w1
    5s undeploy A-in-2/1.2 on w2
    6s app A is undeploying, 0 of 0: no answer
    6s forget A-in-2/1.2 by w2
state
    app A is undeploying, 0 of 0: no answer
    A-in-1: undeploying on w1, 1.1: no answer
    A-in-2: forgetting
running
    A-in-1 on w1, 1.1, running
join w1
tick 1s 8
    11s undeploy A-in-1/1.1 on w1
    12s app A is undeploying, 0 of 0
    12s forget A-in-1/1.1 by w1
    13s delete topics A[A_in: 1 partition]
    14s app A is gone, 0 of 0
state
    app A is gone, 0 of 0
running
