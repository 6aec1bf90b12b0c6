from arviz.cli import main

raise SystemExit(main())
