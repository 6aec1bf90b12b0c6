from arviz.cli import main

main()
