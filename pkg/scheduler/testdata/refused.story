# A worker that cannot create a part says so; the part is tried elsewhere after
# a pause, and the pauses grow while all refuse.
add-worker w1
add-worker w2
refuse w1 A-in-1
deploy A in
tick 1s 3
    1s app A is waiting, 0 of 1: its topics are not there yet
    1s topics A[A_in: 1 partition]
    2s app A is deploying, 0 of 1
    2s deploy A-in-1/1.1 on w1
    3s app A is failed, 0 of 1: refused by the worker: no function foo
state
    app A is failed, 0 of 1: refused by the worker: no function foo
    A-in-1: failed on w1, 1.1: refused by the worker: no function foo
tick 1s 5
    4s app A is deploying, 0 of 1: refused by the worker: no function foo
    4s undeploy A-in-1/1.1 on w1
    5s app A is deploying, 0 of 1
    5s deploy A-in-1/1.2 on w2
    6s app A is active, 1 of 1
state
    app A is active, 1 of 1
    A-in-1: active on w2, 1.2
refuse w2 A-in-1
deploy A in v=2
tick 1s 40
    9s app A is deploying, 0 of 1: the app has changed
    9s undeploy A-in-1/1.2 on w2
    10s app A is deploying, 0 of 1
    10s deploy A-in-1/1.3 on w1
    11s app A is failed, 0 of 1: refused by the worker: no function foo
    12s app A is deploying, 0 of 1: refused by the worker: no function foo
    12s undeploy A-in-1/1.3 on w1
    13s app A is deploying, 0 of 1
    13s deploy A-in-1/1.4 on w2
    14s app A is failed, 0 of 1: refused by the worker: no function foo
    16s app A is deploying, 0 of 1: refused by the worker: no function foo
    16s undeploy A-in-1/1.4 on w2
    17s app A is deploying, 0 of 1
    17s deploy A-in-1/1.5 on w1
    18s app A is failed, 0 of 1: refused by the worker: no function foo
    22s app A is deploying, 0 of 1: refused by the worker: no function foo
    22s undeploy A-in-1/1.5 on w1
    23s app A is deploying, 0 of 1
    23s deploy A-in-1/1.6 on w2
    24s app A is failed, 0 of 1: refused by the worker: no function foo
    31s app A is deploying, 0 of 1: refused by the worker: no function foo
    31s undeploy A-in-1/1.6 on w2
    32s app A is deploying, 0 of 1
    32s deploy A-in-1/1.7 on w1
    33s app A is failed, 0 of 1: refused by the worker: no function foo
    42s app A is deploying, 0 of 1: refused by the worker: no function foo
    42s undeploy A-in-1/1.7 on w1
    43s app A is deploying, 0 of 1
    43s deploy A-in-1/1.8 on w2
    44s app A is failed, 0 of 1: refused by the worker: no function foo
state
    app A is failed, 0 of 1: refused by the worker: no function foo
    A-in-1: failed on w2, 1.8: refused by the worker: no function foo
accept w1 A-in-1
tick 1s 40
    1m15s app A is deploying, 0 of 1: refused by the worker: no function foo
    1m15s undeploy A-in-1/1.8 on w2
    1m16s app A is deploying, 0 of 1
    1m16s deploy A-in-1/1.9 on w1
    1m17s app A is active, 1 of 1
state
    app A is active, 1 of 1
    A-in-1: active on w1, 1.9
