module godeploy/wine

go 1.19

require godeploy/box v0.0.0

replace godeploy/box => ../box
