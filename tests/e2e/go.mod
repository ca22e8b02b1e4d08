module godeploy/e2e

go 1.19
